"""A graph's shapes → what people send to it and what they get back."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from samovar.errors import CommandFailed
from samovar.types import TensorSpec

from samovar_cli.adding import detectors, pictures, tables, texts
from samovar_cli.adding.outcomes import Outcome, outcome
from samovar_cli.adding.proposal import Facts, Proposal, StepTable

TASKS = (
    "text-classification",
    "text-embedding",
    "text-regression",
    "image-classification",
    "image-embedding",
    "object-detection",
    "tabular-classification",
    "tabular-regression",
    "tensors",
)


_OBJECTS = "object-detection"


def propose(facts: Facts) -> Proposal:
    """What a model becomes. Raises CommandFailed where what the person said does not fit."""
    wanted = facts.hints.task
    if wanted and wanted not in TASKS:
        raise CommandFailed(f"--task {wanted!r} is none that is known: {', '.join(TASKS)}")
    proposal = _recognised(facts, wanted)
    _check_task(facts, proposal)
    _check_used(facts, proposal)
    notes = [_hidden(name) for name in facts.graph.hidden]
    if proposal.task == "tensors" and not facts.said:
        notes += filter(None, [detectors.reason(facts)])
    return replace(proposal, notes=(*proposal.notes, *notes))


def _domain(task: str) -> str:
    return "image" if task == _OBJECTS else task.partition("-")[0]


def _hidden(name: str) -> str:
    return (
        f"its output {name!r} is no tensor and is left out; where it is skl2onnx's probabilities, "
        "convert again with options={'zipmap': False} to have them"
    )


def _recognised(facts: Facts, wanted: str) -> Proposal:
    if facts.said:
        return plain(facts, "no input could be made up that the graph takes")
    for domain, find in _READERS.items():
        fits = not wanted or _domain(wanted) == domain
        if fits and (found := find(facts, wanted.partition("-")[2])):
            return found
    return plain(facts)


def _check_task(facts: Facts, proposal: Proposal) -> None:
    """Raises CommandFailed where the graph cannot be what was asked for."""
    wanted = facts.hints.task
    if wanted not in ("", proposal.task):
        wants = _WANTS[_domain(wanted)]
        raise CommandFailed(f"this graph cannot be of the task {wanted}: {_takes(facts)}. {wants}")


def _check_used(facts: Facts, proposal: Proposal) -> None:
    """Raises CommandFailed where something was said of which nothing would come."""
    hints = facts.hints
    if hints.tokenizer_said and "tokenizer.json" not in proposal.files:
        raise CommandFailed(
            f"--tokenizer was given, but this graph takes no texts: {_takes(facts)}. "
            f"{_WANTS['text']}"
        )
    if hints.columns and proposal.kind != "row":
        raise CommandFailed(
            f"--columns was given, but this graph takes no rows: {_takes(facts)}. "
            f"{_WANTS['tabular']}"
        )
    if hints.labels_said and not any("labels" in step.table for step in proposal.post):
        raise CommandFailed(
            f"--labels was given, but as {proposal.task} this graph has no classes; say with "
            "--task that it is a classifier, or leave the labels out"
        )


def _takes(facts: Facts) -> str:
    return f"it takes {', '.join(map(_said, facts.inputs))}"


_WANTS = {
    "text": "A text model takes input_ids, INT64 or INT32 [rows, tokens], with an attention_mask "
    "and token_type_ids where it wants them, and needs --tokenizer tokenizer.json",
    "image": "An image model takes one tensor of [rows, channels, height, width] or "
    "[rows, height, width, channels], with 1 or 3 channels",
    "tabular": "A tabular model takes tensors of [rows, columns]",
}


def _said(spec: TensorSpec) -> str:
    sizes = ", ".join("any" if size < 0 else str(size) for size in spec.shape)
    return f"{spec.name} {spec.datatype} [{sizes}]"


def plain(facts: Facts, why: str = "") -> Proposal:
    """The graph by its tensors."""
    note = texts.note(facts)
    return Proposal(
        task="tensors",
        kind="tensor",
        why=why or "its tensors are not of a shape that says what they mean",
        notes=(note,) if note else (),
    )


def _text(facts: Facts, wanted: str) -> Proposal | None:
    """Token ids in, and a tokenizer at hand; or texts in, of which the graph counts the words."""
    step = texts.step(facts) or texts.plain_step(facts)
    if step is None:
        return None
    found = texts.without_padding(outcome(facts, wanted, likely="classification"), step)
    proposal = _joined("text", found, (step,))
    if step.table["step"] == "text_tensor":
        return replace(proposal, why="it takes texts, and counts their words", max_size=64)
    files = {**found.files, "tokenizer.json": facts.hints.tokenizer}
    why = f"it takes token ids ({', '.join(spec.name for spec in facts.inputs)})"
    return replace(proposal, why=why, files=files, max_size=32)


def _image(facts: Facts, wanted: str) -> Proposal | None:
    picture = pictures.find(facts)
    if picture is None:
        return None
    boxes = detectors.detection(facts, picture) if wanted in ("", "detection") else None
    if boxes is None and wanted == "detection":
        return None
    found = boxes or outcome(facts, wanted, likely="classification")
    proposal = _joined(
        "image", found, pictures.steps(facts, picture, classifies=bool(found.suffix))
    )
    notes = (*proposal.notes, *pictures.notes(facts, picture))
    return replace(proposal, why=picture.why, notes=notes, max_size=16)


def _tabular(facts: Facts, wanted: str) -> Proposal | None:
    if not tables.are(facts.inputs):
        return None
    found = outcome(facts, wanted)
    if not found.suffix and not facts.hints.columns and not tables.is_certain(facts):
        return None
    if found.suffix == "embedding":
        return None
    columns, step, notes = tables.step(facts)
    proposal = _joined("tabular", found, (step,))
    return replace(
        proposal,
        columns=columns,
        why=tables.why(facts),
        notes=(*proposal.notes, *notes),
        max_size=1024,
    )


def _task(domain: str, suffix: str) -> str:
    if suffix == "detection":
        return _OBJECTS
    return f"{domain}-{suffix}" if suffix else "tensors"


def _joined(domain: str, found: Outcome, pre: tuple[StepTable, ...]) -> Proposal:
    return Proposal(
        task=_task(domain, found.suffix),
        kind={"tabular": "row"}.get(domain, domain),
        why="",
        pre=pre,
        post=found.post,
        notes=found.notes,
        files=found.files,
        alone=found.alone,
    )


_READERS: Mapping[str, Callable[[Facts, str], Proposal | None]] = {
    "text": _text,
    "image": _image,
    "tabular": _tabular,
}
