"""Questions with one right document each, out of packages that are here anyway.

A question is the first sentence of a function's documentation, its document all that follows:
numpy, scipy, scikit-learn, networkx. What is written the same way twice is left out, because
then nobody could say which document is right.
"""

import importlib
import inspect
import pkgutil
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from types import ModuleType
from typing import Any

import numpy as np

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn", "networkx": "networkx"}
_WORDS = 4, 25  # of a question
_LEAST = 40  # words of a document
_MOST = 3000  # letters of it
_PRIVATE = re.compile(r"(^|\.)(_|tests?|conftest|testing|setup|f2py|distutils|backends)")


@dataclass(frozen=True)
class Pair:
    """A question and the document that answers it."""

    name: str
    question: str
    document: str


def pairs(count: int, seed: int = 0) -> list[Pair]:
    """So many pairs, the same ones for the same versions of the packages."""
    found = {pair.name: pair for package in PACKAGES for pair in _of(package)}
    asked = Counter(pair.question.lower() for pair in found.values())
    told = Counter(pair.document for pair in found.values())
    alone = [
        pair
        for _, pair in sorted(found.items())
        if asked[pair.question.lower()] == 1 and told[pair.document] == 1
    ]
    order = np.random.default_rng(seed).permutation(len(alone))
    return [alone[at] for at in order[:count].tolist()]


def versions() -> dict[str, str]:
    """What the pairs were read from."""
    return {package: version(name) for package, name in PACKAGES.items()}


def _of(package: str) -> Iterator[Pair]:
    for module in _modules(package):
        for name, value in sorted(vars(module).items()):
            home = str(getattr(value, "__module__", ""))
            if not name.startswith("_") and callable(value) and home.startswith(package):
                pair = _pair(f"{module.__name__}.{name}", value)
                if pair is not None:
                    yield pair


def _modules(package: str) -> Iterator[ModuleType]:
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.iter_modules(top.__path__):
        if found.ispkg and not _PRIVATE.search(found.name):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield importlib.import_module(f"{package}.{found.name}")


def _pair(name: str, value: Any) -> Pair | None:
    text = inspect.getdoc(value) or ""
    first, _, rest = text.partition("\n\n")
    question = " ".join(first.split()).removesuffix(".")
    document = rest.strip()[:_MOST]
    fits = _WORDS[0] <= len(question.split()) <= _WORDS[1] and "(" not in question
    if not fits or len(document.split()) < _LEAST or question.lower() in document.lower():
        return None
    return Pair(name, question, document)
