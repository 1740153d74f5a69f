"""model.toml with comments that teach, and model.lock with what was measured."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from samovar.types import Signature

from samovar_cli.adding.proposal import Facts, Proposal, StepTable
from samovar_cli.adding.toml_text import comment, key, line, value

_LIMITS = {
    "text": ("max_text_bytes", 1_000_000, "bytes of one text"),
    "image": ("max_pixels", 40_000_000, "pixels of one picture"),
    "row": ("max_rows", 4096, "rows of one request"),
    "tensor": ("max_elements", 67_108_864, "elements of one tensor"),
}
_LANES = {
    "light": "A function: it answers at once, and costs nothing while nobody asks.",
    "heavy": "The GPU endpoint: calls become jobs, and it sleeps at zero. For what a function is "
    "too small for.",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a manifest says."""

    facts: Facts
    proposal: Proposal
    title: str
    lane: str
    lane_why: str
    bundle: bool
    graph: str = "model.onnx"
    external_data: tuple[str, ...] = ()
    max_size: int = 0  # of a config.pbtxt; 0: the proposal's
    examples: tuple[Mapping[str, Any], ...] = ()
    examples_say: tuple[str, ...] = (
        "What it answered to a made-up input when it was added. Put real ones here,",
        "with the answers that are right: `samovar models check` runs them.",
    )
    extra: tuple[str, ...] = field(default=())  # comments at the top


def manifest(draft: Draft) -> str:
    """model.toml."""
    blocks = [
        _head(draft),
        _input(draft.proposal),
        _program(draft.graph),
        *_steps("pre", draft.proposal.pre),
        *_steps("post", draft.proposal.post),
        _batch(draft),
        _limits(draft.proposal.kind),
        _onnx(draft.external_data),
        *_examples(draft),
    ]
    return "\n\n".join("\n".join(block) for block in map(list, blocks) if block) + "\n"


def lock(files: Mapping[str, str], signatures: Mapping[str, Signature], request_ms: float) -> str:
    """model.lock: each file's sha256, the tensors, how long a request took."""
    lines = ["# written by `samovar models add`: what lies in the versions, and what was measured"]
    lines += ["[files]", *(f"{key(name)} = {value(files[name])}" for name in sorted(files))]
    for version, signature in signatures.items():
        lines += ["", f"[signature.{key(version)}]"]
        for side, specs in (("inputs", signature.inputs), ("outputs", signature.outputs)):
            tables = [
                {"name": spec.name, "datatype": spec.datatype, "shape": list(spec.shape)}
                for spec in specs
            ]
            lines.append(line(side, tables))
    if request_ms > 0:
        lines += ["", "[profile]", f"request_ms = {request_ms:.3g}"]
    return "\n".join(lines) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    yield comment(f"Proposed by `samovar models add`: {draft.proposal.why}.")
    yield comment("Every key is in docs/manifest.md; `samovar models check` tells what is wrong.")
    yield from map(comment, draft.extra)
    for note in draft.proposal.notes:
        yield comment(f"Note: {note}.")
    yield line("task", draft.proposal.task)
    yield line("title", draft.title)
    yield comment(_LANES[draft.lane])
    yield comment(f"Proposed because {draft.lane_why}.")
    yield line("lane", draft.lane)
    yield comment("true: it ships in the models layer. false: fetched from S3 on its first use.")
    yield line("bundle", draft.bundle)
    yield comment('licence = "…" and origin = "…" say where the weights come from.')


def _input(proposal: Proposal) -> Iterator[str]:
    yield "[input]"
    yield line("kind", proposal.kind)
    if proposal.columns:
        yield comment("The order of a CSV without a header, and of a row that is a list.")
        yield line("columns", list(proposal.columns))


def _program(graph: str) -> Iterable[str]:
    return () if graph == "model.onnx" else ("[program]", f"runners = {value({'model': graph})}")


def _steps(name: str, steps: tuple[StepTable, ...]) -> Iterator[list[str]]:
    for step in steps:
        keys = [line(param, found) for param, found in step.table.items()]
        yield [*map(comment, step.says), f"[[{name}]]", *keys]


def _batch(draft: Draft) -> Iterator[str]:
    rows, proposal = draft.facts.rows, draft.proposal
    if rows != "yes" or proposal.alone:
        why = proposal.alone if rows == "yes" else rows
        yield comment(f"Each row has a run of its own: {why}.")
        yield "[batch]"
        yield "axis = false"
        return
    yield comment("Rows of several requests may share a run: measured, a row's answer is the same")
    yield comment("alone and beside another. max_size is the most rows of one run.")
    yield "[batch]"
    yield "axis = 0"
    yield line("max_size", draft.max_size or proposal.max_size)


def _limits(kind: str) -> Iterator[str]:
    name, number, of = _LIMITS[kind]
    yield comment("Checked before memory is taken; more is refused with 413.")
    yield "[limits]"
    yield f"{name} = {number}  # {of}"


def _onnx(external_data: tuple[str, ...]) -> Iterator[str]:
    if external_data:
        yield comment("Files of weights that the graph may open; their sha256 is in model.lock.")
        yield "[onnx]"
        yield line("external_data", list(external_data))


def _examples(draft: Draft) -> Iterator[list[str]]:
    says = list(map(comment, draft.examples_say))
    for example in draft.examples:
        yield [*says, "[[examples]]", *(line(name, found) for name, found in example.items())]
        says = []
