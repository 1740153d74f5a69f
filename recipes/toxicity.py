"""The words that guard_toxicity reads: `python -m recipes.toxicity FOLDER` writes toxicity.npz, and
the lines for the model's manifest that list it.

Origin: alt-profanity-check 1.9.1 (MIT), whose package carries a linear model of scikit-learn's,
trained on 200,000 sentences of Twitter's and Wikipedia's that people had labelled. It is pickled:
this is the only place that reads it, from a package whose digest is pinned, in the environment of
the recipes; what it writes is arrays.
"""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path("build/weights/profanity_check/data")


def write(data: Path, path: Path) -> None:
    """The model's words, weights, coefficients and scaling, as arrays."""
    import joblib  # type: ignore[import-untyped]  # scikit-learn's, which only recipes have

    vectorizer = joblib.load(data / "vectorizer.joblib")
    model = joblib.load(data / "model.joblib")
    folds = [_fold(one) for one in model.calibrated_classifiers_]
    words = "\n".join(vectorizer.get_feature_names_out())
    np.savez_compressed(
        path,
        words=np.frombuffer(words.encode(), np.uint8),
        weights=vectorizer.idf_.astype(np.float16),
        coefficients=np.stack([own for own, _ in folds], axis=1).astype(np.float16),
        folds=np.array([scaling for _, scaling in folds], np.float32).T,
    )


def _fold(calibrated: Any) -> tuple[Any, tuple[float, float, float]]:
    (scaling,) = calibrated.calibrators
    linear = calibrated.estimator
    return linear.coef_[0], (linear.intercept_[0], scaling.a_, scaling.b_)


if __name__ == "__main__":
    written = Path(sys.argv[1]) / "toxicity.npz"
    write(DATA, written)
    digest = sha256(written.read_bytes()).hexdigest()
    print(f'[files]\n"{written.parent.name}/{written.name}" = "{digest}"')
