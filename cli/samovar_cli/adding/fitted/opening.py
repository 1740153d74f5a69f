"""A file → the fitted estimator that it holds. Runs in the child process."""

import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed, ModelCorrupt, ModelFault, ModelUnsafe

from samovar_cli.extras import need

_TRUSTED = (
    "numpy.dtype",
    "numpy.mean",
    "scipy.interpolate._bsplines.BSpline",
    "sklearn._loss.link.HalfLogitLink",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogLink",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.loss.AbsoluteError",
    "sklearn._loss.loss.ExponentialLoss",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfGammaLoss",
    "sklearn._loss.loss.HalfMultinomialLoss",
    "sklearn._loss.loss.HalfPoissonLoss",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn._loss.loss.HuberLoss",
    "sklearn._loss.loss.PinballLoss",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)
"""What skops does not trust by itself, and what fitted estimators of scikit-learn hold.

Named one by one, for a name within `sklearn` may well stand for what it imports from elsewhere.
"""
_MOST_BYTES = 2_000_000_000
_PICKLES = (".joblib", ".pkl", ".pickle")
SUFFIXES = (".skops", *_PICKLES)


def open_estimator(path: Path, *, trust_pickle: bool) -> tuple[Any, tuple[str, ...]]:
    """The estimator, of a search its best, and what scikit-learn says of its age.

    Raises ModelFault, CommandFailed.
    """
    check_trust(path, trust_pickle=trust_pickle)
    need("sklearn", "sklearn", "to open what scikit-learn has fitted")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        estimator = _opened(path)
    _check_fitted(path, estimator)
    return getattr(estimator, "best_estimator_", estimator), _ages(heard)


def check_trust(path: Path, *, trust_pickle: bool) -> None:
    """Raises ModelUnsafe for a pickle that nobody has vouched for."""
    if path.suffix.lower() in _PICKLES and not trust_pickle:
        raise ModelUnsafe(
            f"{path.name} is a pickle, and to open a pickle is to run the code in it: save it with "
            "skops.io.dump(estimator, 'model.skops'), which holds none, or say --trust-pickle "
            "where you know who wrote it"
        )


def _opened(path: Path) -> Any:
    read = _READERS[path.suffix.lower()]
    try:
        return read(path)
    except (ModelFault, CommandFailed):
        raise
    except ModuleNotFoundError as error:
        raise CommandFailed(
            f"{path.name} was saved with the module {error.name!r}, which is not to be found "
            "here: install it, or name its folder in PYTHONPATH"
        ) from None
    except Exception as error:  # noqa: BLE001 - what a file makes a reader raise is without end
        said = " ".join(str(error).split())[:300]
        raise ModelCorrupt(
            f"{path.name} cannot be opened: {type(error).__name__}: {said}"
        ) from None


def _skops(path: Path) -> Any:
    """Raises ModelUnsafe for types that are not known to be harmless."""
    skops = need("skops.io", "sklearn", "to open a .skops file")
    if not zipfile.is_zipfile(path):
        raise ModelCorrupt(f"{path.name} is no file of skops: it is no zip archive")
    _check_size(path)
    strange = set(skops.get_untrusted_types(file=path)) - set(_TRUSTED)
    if strange:
        raise ModelUnsafe(
            f"{path.name} holds {', '.join(sorted(strange)[:6])}, of which nobody knows what it "
            "does: a graph can be made of scikit-learn's own estimators only; move what is yours "
            "into a step before the model, or fit it again without"
        )
    return skops.load(path, trusted=list(_TRUSTED))


def _check_size(path: Path) -> None:
    """Raises ModelCorrupt for an archive that becomes too large, before it does."""
    with zipfile.ZipFile(path) as archive:
        whole = sum(entry.file_size for entry in archive.infolist())
    if whole > _MOST_BYTES:
        raise ModelCorrupt(f"{path.name} unpacks to {whole / 1e9:.1f} GB, over the limit of 2 GB")


def _pickle(path: Path) -> Any:
    return need("joblib", "sklearn", "to open a pickle").load(path)


_READERS: Mapping[str, Callable[[Path], Any]] = {
    ".skops": _skops,
    **dict.fromkeys(_PICKLES, _pickle),
}


def _check_fitted(path: Path, estimator: Any) -> None:
    """Raises CommandFailed for what is no estimator or knows nothing yet."""
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if not isinstance(estimator, BaseEstimator):
        raise CommandFailed(
            f"{path.name} holds a {type(estimator).__name__}, which is no estimator of "
            "scikit-learn: save the fitted estimator or pipeline itself"
        )
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise CommandFailed(
            f"{path.name} holds a {type(estimator).__name__} that was never fitted: call fit, "
            "then save it"
        ) from None


def _ages(heard: list[warnings.WarningMessage]) -> tuple[str, ...]:
    import sklearn
    from sklearn.exceptions import InconsistentVersionWarning

    found = [one.message for one in heard if isinstance(one.message, InconsistentVersionWarning)]
    if not found:
        return ()
    was = found[0].original_sklearn_version
    note = (
        f"it was saved by scikit-learn {was}, and {sklearn.__version__} has read it: compare its "
        "answers with those of the version that fitted it"
    )
    return (note,)
