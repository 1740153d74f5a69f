"""`samovar models add`: the whole way of one file."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from samovar.errors import CommandFailed, ModelFault

from samovar_cli.adding import asking, recognise, sources, studying
from samovar_cli.adding.admission import check_name, check_room
from samovar_cli.adding.fitted.bringing import Brought, Fitting, bring, is_fitted
from samovar_cli.adding.labels import read_labels
from samovar_cli.adding.manifest_text import Draft
from samovar_cli.adding.proposal import Facts, Proposal
from samovar_cli.adding.requests import Request
from samovar_cli.adding.sources import Source, name_of
from samovar_cli.adding.staging import check_free, settle, staged
from samovar_cli.adding.studying import Said
from samovar_cli.adding.triton import check_config
from samovar_cli.adding.unmapping import NOTE, has_maps, without_maps
from samovar_cli.adding.writing import choose_lane, copy, write


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    path: Path
    models: Path
    name: str = ""
    force: bool = False
    said: Said = field(default_factory=Said)
    fitting: Fitting = field(default_factory=Fitting)
    brought: Brought | None = None  # what became of an estimator


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
    brought: Brought | None = None


def add(order: Order) -> Added:
    """A model folder that answers, or nothing at all. Raises SamovarError."""
    if not is_fitted(order.path):
        _check_unfitted(order)
        return _added(order)
    check_free(order.models, check_name(order.name or name_of(order.path)), force=order.force)
    with TemporaryDirectory(prefix="samovar-") as folder:
        brought = bring(order.path, order.fitting, order.said.columns, Path(folder))
        if order.said.labels:
            brought = brought.renamed(read_labels(order.said.labels))
        said = replace(order.said, columns=brought.columns, missing=brought.found["missing"])
        return _added(
            replace(
                order,
                path=brought.graph,
                name=order.name or name_of(order.path),
                said=said,
                brought=brought,
            )
        )


def _check_unfitted(order: Order) -> None:
    """Raises CommandFailed for what can be said of an estimator only."""
    if order.fitting != Fitting():
        said = "--sample" if order.fitting.sample else "--trust-pickle or --differing"
        raise CommandFailed(
            f"{said} is for an estimator of scikit-learn (.skops, .joblib, .pkl), and "
            f"{order.path.name} is none"
        )


def _added(order: Order) -> Added:
    source = sources.find(order.path)
    name = check_name(order.name or source.name)
    check_free(order.models, name, force=order.force)
    facts, weights = studying.study(source, order.said)
    with TemporaryDirectory(prefix="samovar-") as folder:
        if has_maps(source, facts.graph):
            source = without_maps(source, Path(folder))
            facts, weights = studying.study(source, order.said)
            facts = replace(facts, changed=(NOTE,))
        return _written(order, name, source, facts, weights)


def _written(
    order: Order, name: str, source: Source, facts: Facts, weights: tuple[str, ...]
) -> Added:
    if source.config:
        check_config(source.config, {s.name: s for s in (*facts.inputs, *facts.outputs)})
    size = studying.size_bytes(source, weights)
    check_room(order.models, sum(path.stat().st_size for path in source.files.values()) + size)
    with staged(order.models, name) as folder:
        plan = _plan(name, source, facts, weights, size, order.brought)
        added = _first_that_works(order, source, plan, folder)
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
    brought: Brought | None = None


def _plan(
    name: str,
    source: Source,
    facts: Facts,
    weights: tuple[str, ...],
    size_bytes: int,
    brought: Brought | None,
) -> Plan:
    lane = choose_lane(facts, size_bytes)
    said = (f"The files: {source.said}.",) if source.said else ()
    proposal = recognise.propose(facts)
    more = brought.notes if brought else ()
    draft = Draft(
        facts=facts,
        proposal=replace(proposal, notes=(*proposal.notes, *facts.changed, *more)),
        title=name.replace("-", " ").replace("_", " "),
        lane=lane.name,
        lane_why=lane.why,
        bundle=lane.bundle,
        graph=source.graph.name if source.config else "model.onnx",
        external_data=weights,
        max_size=source.config.max_rows if source.config else 0,
        extra=brought.comments if brought else said,
    )
    return Plan(name, facts, weights, size_bytes, draft, brought)


def _first_that_works(order: Order, source: Source, plan: Plan, folder: Path) -> Added:
    """The proposal that answers; the plain one where a guess does not. Raises SamovarError."""
    copy(source, plan.weights, {}, folder)
    first = plan.draft.proposal
    try:
        return _tried(source, plan, first, folder)
    except ModelFault as error:
        if first.kind == "tensor" or order.said != Said() or order.brought:
            raise
        note = f"as {first.task} it failed: {error.message}"
        proposal = recognise.plain(plan.facts, "its steps could not be told")
        return _tried(source, plan, replace(proposal, notes=(note,)), folder)


def _tried(source: Source, plan: Plan, proposal: Proposal, folder: Path) -> Added:
    """The folder written and asked. Raises SamovarError."""
    copy(replace(source, files={}), (), proposal.files, folder)
    draft = replace(plan.draft, proposal=proposal)
    answers = {step.table["step"] for step in proposal.post} & {"classify", "regression"}
    rows = plan.brought if answers else None
    asked = asking.request(plan.facts, proposal, rows)
    write(folder, draft)
    if asked is None:
        return Added(plan.name, folder, plan.facts, proposal, draft, plan.size_bytes, None)
    draft, answered = asking.ask(draft, folder, asked, rows)
    if not any((folder / "examples").iterdir()):
        (folder / "examples").rmdir()
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
        brought=plan.brought,
    )
