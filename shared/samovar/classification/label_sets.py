"""What a request says of its labels: names, what they mean, and texts that have them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from samovar.errors import (
    DuplicateName,
    InvalidInput,
    MissingTensor,
    PayloadTooLarge,
    WrongDatatype,
)
from samovar.values import dataclass

MOST_LABELS = 256
MOST_EXAMPLES = 4096
MOST_BYTES = 1_000_000  # of one text
LONGEST_NAME = 256  # characters of a label's
_LABEL_KEYS = ("name", "description", "examples")
_EXAMPLE_KEYS = ("text", "label")


@dataclass(frozen=True, slots=True)
class Label:
    """A label, and in a few words what it means."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels, and examples as pairs of a text and its label's index."""

    labels: tuple[Label, ...]
    examples: tuple[tuple[str, int], ...] = ()


def read_label_set(said: Mapping[str, Any]) -> LabelSet:
    """`labels` and `examples` of a request's body.

    Without `labels` they are those of the examples, in their order. Raises MissingTensor,
    WrongDatatype, DuplicateName, InvalidInput, PayloadTooLarge.
    """
    examples = _examples(said.get("examples"))
    listed = said.get("labels")
    if listed is None:
        listed = list(dict.fromkeys(label for _, label in examples))
    if not isinstance(listed, list):
        raise WrongDatatype("'labels' must be a list of names, or of objects with a name")
    if not listed:
        raise MissingTensor("give 'labels', 'examples', or both: nothing says what to tell apart")
    _check_count("labels", len(listed), MOST_LABELS)
    entries = [_label(entry, f"labels[{at}]") for at, entry in enumerate(listed)]
    labels = tuple(label for label, _ in entries)
    _check_different(labels)
    own = [(text, label.name) for label, texts in entries for text in texts]
    _check_count("examples", len(examples) + len(own), MOST_EXAMPLES)
    return LabelSet(labels, _indexed(labels, [*own, *examples]))


def words_of(label_set: LabelSet) -> list[str]:
    """The texts to be embedded: every label's name, its description or its name again, examples."""
    names = [label.name for label in label_set.labels]
    means = [label.description or label.name for label in label_set.labels]
    return [*names, *means, *(text for text, _ in label_set.examples)]


def read_texts(said: Any, what: str) -> tuple[list[str], bool]:
    """The texts of a request, and whether it was one rather than a list.

    Raises MissingTensor, WrongDatatype, PayloadTooLarge.
    """
    if said is None:
        raise MissingTensor(f"the body lacks '{what}'")
    single = isinstance(said, str)
    texts = [said] if single else said
    if not isinstance(texts, list) or not texts:
        raise WrongDatatype(f"'{what}' must be a text, or a list of texts")
    _check_count(what, len(texts), MOST_EXAMPLES)
    return [
        _text(text, f"{what}[{at}]" if not single else what) for at, text in enumerate(texts)
    ], (single)


def check_fields(said: Mapping[str, Any], known: Iterable[str], where: str = "the body") -> None:
    """Raises InvalidInput for a field that means nothing here: it may be a slip."""
    unknown = sorted(said.keys() - set(known))
    if unknown:
        raise InvalidInput(
            f"{where} has an unknown field '{unknown[0][:60]}'; known: {', '.join(known)}"
        )


def _label(entry: Any, where: str) -> tuple[Label, list[str]]:
    """A label and its own examples."""
    if isinstance(entry, str):
        return Label(_name(entry, where)), []
    if not isinstance(entry, dict):
        raise WrongDatatype(f"{where} must be a name, or an object with a name")
    check_fields(entry, _LABEL_KEYS, where)
    description = entry.get("description")
    texts = entry.get("examples")
    if texts is not None and not isinstance(texts, list):
        raise WrongDatatype(f"{where}.examples must be a list of texts")
    _check_count(f"{where}.examples", len(texts or ()), MOST_EXAMPLES)
    found = [_example_text(text, f"{where}.examples[{at}]") for at, text in enumerate(texts or ())]
    meant = "" if description is None else _text(description, f"{where}.description").strip()
    return Label(_name(entry.get("name"), f"{where}.name"), meant), found


def _name(said: Any, where: str) -> str:
    if not isinstance(said, str):
        raise WrongDatatype(f"{where} must be a label's name, a text")
    if not said.strip():
        raise InvalidInput(f"{where} is empty: a label needs a name")
    if len(said) > LONGEST_NAME:
        raise InvalidInput(
            f"{where} has {len(said)} characters; a label's name has {LONGEST_NAME} at most"
            " (what it means goes into 'description')"
        )
    return _whole(said, where)


def _examples(said: Any) -> list[tuple[str, str]]:
    if said is None:
        return []
    if not isinstance(said, list):
        raise WrongDatatype('\'examples\' must be a list of {"text": …, "label": …}')
    _check_count("examples", len(said), MOST_EXAMPLES)
    found = []
    for at, entry in enumerate(said):
        where = f"examples[{at}]"
        if not isinstance(entry, dict):
            raise WrongDatatype(f'{where} must be {{"text": …, "label": …}}')
        check_fields(entry, _EXAMPLE_KEYS, where)
        text = _example_text(entry.get("text"), f"{where}.text")
        found.append((text, _name(entry.get("label"), f"{where}.label")))
    return found


def _indexed(
    labels: Sequence[Label], examples: Sequence[tuple[str, str]]
) -> tuple[tuple[str, int], ...]:
    """Examples by their labels' indexes, each but once. Raises InvalidInput."""
    index = {label.name: at for at, label in enumerate(labels)}
    found: dict[str, int] = {}
    for text, name in examples:
        if name not in index:
            known = ", ".join(list(index)[:10]) + (", …" if len(index) > 10 else "")
            raise InvalidInput(
                f"an example has the label '{name[:60]}', which is none of the labels: {known}"
            )
        if found.setdefault(text, index[name]) != index[name]:
            raise InvalidInput(
                f"the same text is an example of '{labels[found[text]].name[:60]}' and of"
                f" '{name[:60]}'"
            )
    return tuple(found.items())


def _check_different(labels: Sequence[Label]) -> None:
    seen: set[str] = set()
    for label in labels:
        if label.name in seen:
            raise DuplicateName(f"the label '{label.name[:60]}' is given twice")
        seen.add(label.name)


def _example_text(said: Any, where: str) -> str:
    text = _text(said, where)
    if not text.strip():
        raise InvalidInput(f"{where} is empty: an example is a text")
    return text


def _text(said: Any, where: str) -> str:
    if not isinstance(said, str):
        raise WrongDatatype(f"{where} must be a text")
    return _whole(said, where)


def _whole(text: str, where: str) -> str:
    """The text itself. Raises PayloadTooLarge, InvalidInput for one that is no Unicode."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{where} is no UTF-8: half of a pair at {error.start}") from None
    if size > MOST_BYTES:
        raise PayloadTooLarge(f"{where} has {size} bytes; {MOST_BYTES} are allowed")
    return text


def _check_count(what: str, count: int, most: int) -> None:
    if count > most:
        raise PayloadTooLarge(f"'{what}' has {count} entries; {most} are allowed")
