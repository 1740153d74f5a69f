"""`samovar models add`: the whole way of one file."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed, ModelFault, SamovarError

from samovar_cli.adding import child, recognise, requests, sources, studying, trial
from samovar_cli.adding.admission import check_name, check_room
from samovar_cli.adding.manifest_text import Draft
from samovar_cli.adding.proposal import Facts, Proposal
from samovar_cli.adding.requests import Request
from samovar_cli.adding.sources import Source
from samovar_cli.adding.staging import check_free, settle, staged
from samovar_cli.adding.studying import Said
from samovar_cli.adding.triton import check_config
from samovar_cli.adding.writing import choose_lane, copy, write

_SHORTEST = 8  # tokens that are worth a model


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    path: Path
    models: Path
    name: str = ""
    force: bool = False
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it."""

    name: str
    folder: Path
    facts: Facts
    proposal: Proposal
    draft: Draft
    size_bytes: int
    request: Request | None
    answers: tuple[dict[str, Any], ...] = ()
    load_ms: float = 0.0
    request_ms: float = 0.0


def add(order: Order) -> Added:
    """A model folder that answers, or nothing at all. Raises SamovarError."""
    source = sources.find(order.path)
    name = check_name(order.name or source.name)
    check_free(order.models, name, force=order.force)
    facts, weights = studying.study(source, order.said)
    if source.config:
        check_config(source.config, {s.name: s for s in (*facts.inputs, *facts.outputs)})
    size = studying.size_bytes(source, weights)
    check_room(order.models, sum(path.stat().st_size for path in source.files.values()) + size)
    with staged(order.models, name) as folder:
        added = _first_that_works(order, source, _plan(name, source, facts, weights, size), folder)
        settled = settle(folder, order.models, force=order.force)
    return replace(added, folder=settled)


@dataclass(frozen=True, slots=True)
class Plan:
    """All but the proposal."""

    name: str
    facts: Facts
    weights: tuple[str, ...]
    size_bytes: int
    draft: Draft


def _plan(
    name: str, source: Source, facts: Facts, weights: tuple[str, ...], size_bytes: int
) -> Plan:
    lane = choose_lane(facts, size_bytes)
    draft = Draft(
        facts=facts,
        proposal=recognise.propose(facts),
        title=name.replace("-", " ").replace("_", " "),
        lane=lane.name,
        lane_why=lane.why,
        bundle=lane.bundle,
        graph=source.graph.name if source.config else "model.onnx",
        external_data=weights,
        max_size=source.config.max_rows if source.config else 0,
        extra=(f"The files: {source.said}.",) if source.said else (),
    )
    return Plan(name, facts, weights, size_bytes, draft)


def _first_that_works(order: Order, source: Source, plan: Plan, folder: Path) -> Added:
    """The proposal that answers; the plain one where a guess does not. Raises SamovarError."""
    copy(source, plan.weights, {}, folder)
    first = plan.draft.proposal
    try:
        return _tried(source, plan, first, folder)
    except ModelFault as error:
        if first.kind == "tensor" or order.said != Said():
            raise
        note = f"as {first.task} it failed: {error.message}"
        proposal = recognise.plain(plan.facts, "its steps could not be told")
        return _tried(source, plan, replace(proposal, notes=(note,)), folder)


def _tried(source: Source, plan: Plan, proposal: Proposal, folder: Path) -> Added:
    """The folder written and asked. Raises SamovarError."""
    copy(replace(source, files={}), (), proposal.files, folder)
    draft = replace(plan.draft, proposal=proposal)
    asked = requests.request(plan.facts, proposal)
    write(folder, draft)
    found = _asked(plan, draft, folder, asked) if asked else None
    if found is None or asked is None:
        return Added(plan.name, folder, plan.facts, proposal, draft, plan.size_bytes, None)
    draft, answered = found
    draft = replace(draft, example=requests.example(asked, answered["answers"]))
    if not asked.is_kept:
        (folder / asked.file).unlink()
    write(folder, draft, answered["request_ms"])
    return Added(
        name=plan.name,
        folder=folder,
        facts=plan.facts,
        proposal=draft.proposal,
        draft=draft,
        size_bytes=plan.size_bytes,
        request=asked,
        answers=tuple(answered["answers"]),
        load_ms=answered["load_ms"],
        request_ms=answered["request_ms"],
    )


def _asked(plan: Plan, draft: Draft, folder: Path, asked: Request) -> tuple[Draft, dict[str, Any]]:
    """The answers, and the draft with a length of text that the graph bears."""
    body = folder / (asked.file or "examples/made-up")
    body.parent.mkdir(exist_ok=True)
    body.write_bytes(asked.payload.body)
    task = child.Task(
        "answer", str(folder.parent), plan.name, str(body), asked.payload.content_type
    )
    while True:
        found = child.run(task)
        longest = draft.proposal.pre[0].table.get("max_length", 0) if draft.proposal.pre else 0
        if found["code"] != trial.TOO_LONG or longest <= _SHORTEST:
            break
        draft = replace(draft, proposal=_shorter(draft.proposal, longest // 2))
        write(folder, draft)
    if found["said"]:
        raise _fault(found)
    if not asked.file:
        body.unlink()
        body.parent.rmdir()
    return draft, found


def _shorter(proposal: Proposal, longest: int) -> Proposal:
    first = proposal.pre[0]
    step = replace(first, table={**first.table, "max_length": longest})
    return replace(proposal, pre=(step, *proposal.pre[1:]))


def _fault(found: dict[str, Any]) -> SamovarError:
    if found["code"] == trial.TOKENIZER:
        return CommandFailed(found["said"])
    return ModelFault(f"it does not answer a made-up request: {found['said']}")
