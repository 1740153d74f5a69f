"""What comes out of a graph: classes, a vector, a number, or tensors as they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from samovar.errors import CommandFailed

from samovar_cli.adding.graph import is_from
from samovar_cli.adding.proposal import Facts, Output, StepTable, table

_MOST_INLINE = 20
_TOP = 5  # of more classes
_IMAGENET = 1000  # classes, and hardly ever anything else
_MOST_CLASSES = 100_000
_EMBEDDING = re.compile(r"embed|pool|feature|vector|sentence")
_SCORES = re.compile(r"logit|prob|softmax")
_VECTOR_WIDTHS = frozenset({*range(64, 513, 64), *range(640, 4097, 128)})
_TOKENS = re.compile(r"last_hidden_state|token_embedding|hidden|sequence_output")
_CLASSICAL = ("skl2onnx", "onnxmltools", "lightgbm", "xgboost", "catboost")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last half of a task's name, the steps after the graph, and what goes with them."""

    suffix: str = ""
    post: tuple[StepTable, ...] = ()
    notes: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    alone: str = ""


def outcome(facts: Facts, wanted: str, *, likely: str = "") -> Outcome:
    """What the outputs are. `wanted` is a suffix that the person asked for, or "".

    `likely` is taken for a single output of which nothing else is known. Raises CommandFailed
    where what was asked for does not fit.
    """
    for suffix, find in _FINDERS.items():
        if wanted in ("", suffix) and (found := find(facts, wanted)):
            return found
    if likely and not wanted and _may_be_classes(facts.outputs):
        return outcome(facts, likely)
    if wanted:
        raise CommandFailed(
            f"no output of this graph can be the answer of a {wanted} model: it gives "
            f"{', '.join(f'{o.name} {o.datatype} {list(o.shape)}' for o in facts.outputs)}"
        )
    return Outcome()


def _may_be_classes(outputs: tuple[Output, ...]) -> bool:
    """One output of a width that no embedding has."""
    if len(outputs) != 1 or not outputs[0].is_float:
        return False
    return 1 < outputs[0].width <= _IMAGENET and outputs[0].width not in _VECTOR_WIDTHS


def _classification(facts: Facts, wanted: str) -> Outcome | None:
    found = [output for output in facts.outputs if _is_scores(output, facts, wanted)]
    if not found:
        return None
    chosen = max(found, key=_scores_rank)
    labels, notes = class_names(facts, chosen.name, max(chosen.width, 2))
    kind = "probabilities" if _is_probability(chosen) else "logits"
    values, files = written(labels)
    most = {"top_k": _TOP} if len(labels) > _MOST_INLINE else {}
    params = {"tensor": chosen.name, "scores": kind, "labels": values, **most}
    step = table("classify", _SCORE_WORDS[kind], **params)
    if chosen.maker == "Sigmoid" and chosen.width > 1:
        says = "Each label holds or not, by itself: the graph ends in a sigmoid for each."
        step = table("multilabel", says, **params)
    return Outcome("classification", (step,), notes, files)


_SCORE_WORDS = {
    "probabilities": "The graph gives probabilities: they add up to 1 as they are.",
    "logits": 'The graph gives logits: softmax is applied here. (scores = "probabilities" if not.)',
}


def _is_scores(output: Output, facts: Facts, wanted: str) -> bool:
    if not output.is_float or not 1 <= output.width <= _MOST_CLASSES:
        return False
    if wanted:
        return True
    name, width, labels = output.name.lower(), output.width, facts.hints.labels
    if width == 1:
        return output.maker == "Sigmoid" and len(output.shape) == 2
    if _EMBEDDING.search(name) and not output.sums_to_one:
        return False
    named = (bool(labels) and len(labels) == width) or width == _IMAGENET
    return named or output.sums_to_one or output.maker == "Sigmoid" or bool(_SCORES.search(name))


def _scores_rank(output: Output) -> tuple[bool, bool, int]:
    return output.sums_to_one, bool(_SCORES.search(output.name.lower())), output.width


def _is_probability(output: Output) -> bool:
    return output.sums_to_one or (output.unit and output.maker in ("Sigmoid", "Softmax"))


def class_names(facts: Facts, output: str, width: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The classes' names and, where they are made up, a note that says so."""
    hints = facts.hints
    fits = len(hints.labels) == width
    if hints.labels_said and not fits:
        raise CommandFailed(
            f"--labels names {len(hints.labels)} classes, but output '{output}' has "
            f"{width} values a row: name {width}, in the order of the graph's classes"
        )
    if fits:
        return hints.labels, ()
    if len(facts.graph.classes) == width and len(set(facts.graph.classes)) == width:
        return facts.graph.classes, ()
    note = (
        f"the file does not name its {width} classes, so they are class 0 to class {width - 1}: "
        "add it again with --labels FILE --force, or write them into model.toml"
    )
    return tuple(f"class {number}" for number in range(width)), (note,)


def written(labels: tuple[str, ...]) -> tuple[list[str] | str, Mapping[str, bytes]]:
    """Labels in the manifest where they are few, in a file beside the graph otherwise."""
    if len(labels) <= _MOST_INLINE or any("\n" in label for label in labels):
        return list(labels), {}
    return "labels.txt", {"labels.txt": "\n".join(labels).encode() + b"\n"}


def _embedding(facts: Facts, wanted: str) -> Outcome | None:
    """A vector that the graph gives, or the mean of those that it gives for each token."""
    named = [o for o in facts.outputs if o.is_float and o.width > 1]
    chosen = [o for o in named if _EMBEDDING.search(o.name.lower())] or (named if wanted else [])
    tokens = [o for o in facts.outputs if o.is_float and len(o.shape) == 3 and o.shape[2] > 1]
    tokens = [o for o in tokens if wanted or _TOKENS.search(o.name.lower())]
    vectors = [o for o in chosen if "pooler" not in o.name.lower()] or ([] if tokens else chosen)
    if vectors:
        return Outcome("embedding", (table("embedding", tensor=vectors[0].name),))
    return _pooled(tokens[0].name) if tokens else None


def _pooled(name: str) -> Outcome:
    pool = table(
        "pool",
        "The mean of the tokens' vectors. (Some models want method = \"cls\": the first token's.)",
        tensor=name,
        method="mean",
    )
    unit = table("l2_normalize", "Length 1: the dot product of two is their cosine.", tensor=name)
    why = "padding would count in the mean, for the graph does not give its mask back"
    return Outcome("embedding", (pool, unit, table("embedding", tensor=name)), alone=why)


def _regression(facts: Facts, wanted: str) -> Outcome | None:
    floats = [o for o in facts.outputs if o.is_float and o.width == 1]
    if not floats or (not wanted and (len(facts.outputs) > 1 or not _is_number(facts))):
        return None
    says = 'unit = "…" names what the number counts; scale and offset change it.'
    return Outcome("regression", (table("regression", says, tensor=floats[0].name),))


def _is_number(facts: Facts) -> bool:
    """Whether a single value a row is the answer, and not some tensor of that shape."""
    classical = is_from(facts.graph, *_CLASSICAL)
    learnt = any(domain == "ai.onnx.ml" for domain, _ in facts.graph.operators)
    return classical or learnt or bool(facts.hints.columns)


_FINDERS = {
    "classification": _classification,
    "embedding": _embedding,
    "regression": _regression,
}
