"""The names of a model's classes: a list in its manifest, or a file beside it."""

from samovar.errors import ModelCorrupt
from samovar.steps.params import ParamError
from samovar.types import ReadAsset

Labels = tuple[str, ...] | str
"""The labels themselves, or the name of a file of UTF-8 with one a line."""


def check_labels(labels: Labels) -> None:
    """Raises ParamError for no labels, an empty file name, or a label given twice."""
    if not labels:
        raise ParamError("labels", "must be a list of labels or the name of a file of them")
    if not isinstance(labels, str) and len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise ParamError("labels", f"has {twice!r} twice")


def label_files(labels: Labels) -> tuple[str, ...]:
    """The file to read, if any."""
    return (labels,) if isinstance(labels, str) else ()


def read_labels(labels: Labels, read: ReadAsset) -> tuple[str, ...]:
    """The labels in the order of the model's classes. Raises ModelCorrupt."""
    if not isinstance(labels, str):
        return labels
    try:
        text = read(labels).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelCorrupt(f"{labels} is not UTF-8 at byte {error.start}") from None
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines == [""]:
        raise ModelCorrupt(f"{labels} holds no labels")
    return tuple(lines)
