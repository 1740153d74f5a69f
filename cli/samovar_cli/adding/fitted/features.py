"""What a fitted estimator takes: its columns, and what it has learnt about each.

Runs in the child process.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from samovar.errors import CommandFailed

_KEEP_COLUMNS = ("Imputer", "Scaler", "FunctionTransformer")  # a column goes in, that column out


@dataclass(slots=True)
class Learnt:
    """What is known of one column: its categories, or where its numbers lie."""

    categories: tuple[Any, ...] = ()
    is_text: bool = False  # a text of many words
    is_filled: bool = False  # a text, for which another stands where it is missing
    centre: float | None = None
    spread: float = 1.0
    thresholds: list[float] = field(default_factory=list)

    @property
    def takes_texts(self) -> bool:
        """Whether its values are texts."""
        return (
            self.is_text or self.is_filled or any(isinstance(one, str) for one in self.categories)
        )


def column_names(estimator: Any, said: Sequence[str], header: Sequence[str]) -> tuple[str, ...]:
    """The columns in the estimator's order.

    By what the person said, by the names that it was fitted with, or by the sample's header.
    Raises CommandFailed where they do not fit.
    """
    count = _count(estimator)
    named = tuple(map(str, getattr(estimator, "feature_names_in_", ())))
    if is_text(estimator):
        return tuple(said) or ("text",)
    if named and (not said or set(said) == set(named)):
        return named
    if count is None:
        raise CommandFailed("the estimator does not say how many columns it takes")
    names = tuple(said) or tuple(header) or tuple(f"feature_{n}" for n in range(1, count + 1))
    if len(names) != count or len(set(names)) != count:
        where = "--columns names" if said else "the sample has"
        shown = f" ({', '.join(names[:12])})" if names else ""
        raise CommandFailed(
            f"{where} {len(names)} columns{shown}, but the estimator was fitted on {count}"
            + (f": {', '.join(named)}" if named else "")
            + "; say --columns with the names of those, in the order in which it was fitted"
        )
    return names


def _count(estimator: Any) -> int | None:
    found = getattr(estimator, "n_features_in_", None)
    return int(found) if found is not None else None


def is_text(estimator: Any) -> bool:
    """Whether it takes texts, and no rows: its first step counts words."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[0][1]
    return hasattr(estimator, "vocabulary_") or hasattr(estimator, "build_analyzer")


def parts(found: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """An estimator and all that are fitted within it."""
    from sklearn.base import BaseEstimator

    seen = set() if seen is None else seen
    if id(found) in seen:
        return
    seen.add(id(found))
    inner: Any = ()
    if isinstance(found, BaseEstimator):
        yield found
        inner = list(vars(found).values())
    elif isinstance(found, list | tuple):
        inner = found
    elif isinstance(found, Mapping):
        inner = list(found.values())
    elif isinstance(found, np.ndarray) and found.dtype == object:
        inner = found.ravel().tolist()
    for one in inner:
        yield from parts(one, seen)


def learnt(estimator: Any, count: int) -> list[Learnt]:
    """What each column is known by, in order; nothing of a column that is only multiplied."""
    known = [Learnt() for _ in range(count)]
    if is_text(estimator):
        known[0].is_text = True
    else:
        _follow(estimator, known)
    return known


def _follow(part: Any, known: Sequence[Learnt]) -> bool:
    """Reads one part; whether its output has the same columns."""
    if hasattr(part, "steps"):
        return all(_follow(step, known) for _, step in part.steps)
    if hasattr(part, "transformers_"):
        _follow_columns(part, known)
        return False
    _read(part, known)
    return any(word in type(part).__name__ for word in _KEEP_COLUMNS)


def _follow_columns(part: Any, known: Sequence[Learnt]) -> None:
    for _, step, columns in part.transformers_:
        if isinstance(step, str):
            continue
        try:
            mine = np.atleast_1d(np.arange(len(known))[columns])
        except (IndexError, TypeError):
            continue
        some = [known[int(place)] for place in mine]
        if is_text(step) and some:
            some[0].is_text = True
        else:
            _follow(step, some)


def _read(part: Any, known: Sequence[Learnt]) -> None:
    for column, categories in zip(known, getattr(part, "categories_", ()), strict=False):
        column.categories = tuple(one for one in np.asarray(categories).tolist() if one == one)  # noqa: PLR0124 - NaN is a category of its own, and no text
    for column, centre, spread in zip(known, *_range(part), strict=False):
        if isinstance(centre, float) and np.isfinite([centre, spread]).all():
            column.centre, column.spread = centre, spread or 1.0
    for column in known if fills_texts(part) else ():
        column.is_filled = True
    for feature, threshold in _thresholds(part):
        if feature < len(known):
            known[feature].thresholds.append(threshold)


def _range(part: Any) -> tuple[list[Any], list[Any]]:
    """Centres and spreads that a scaler or an imputer has learnt."""
    for centre, spread in (
        ("mean_", "scale_"),
        ("center_", "scale_"),
        ("data_min_", "data_range_"),
    ):
        if getattr(part, centre, None) is not None:
            centres = np.asarray(getattr(part, centre))
            spreads = getattr(part, spread, None)
            return centres.tolist(), (
                np.ones_like(centres) if spreads is None else spreads
            ).tolist()
    filled = getattr(part, "statistics_", None)
    if filled is None or np.asarray(filled).dtype.kind != "f":
        return [], []
    return np.asarray(filled).tolist(), (np.abs(filled) / 4).tolist()


def _thresholds(part: Any) -> Iterator[tuple[int, float]]:
    for one in parts(part):
        tree = getattr(one, "tree_", None)
        if tree is not None:
            inner = tree.feature >= 0
            yield from zip(
                tree.feature[inner].tolist(), tree.threshold[inner].tolist(), strict=True
            )


def fills_texts(part: Any) -> bool:
    """Whether it puts a text where one is missing."""
    return np.asarray(getattr(part, "statistics_", ())).dtype.kind in "OU"
