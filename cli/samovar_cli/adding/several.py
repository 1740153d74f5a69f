"""`samovar models add` of a whole repository, as Triton and KServe have it: model after model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from rich.table import Table
from rich.text import Text
from samovar.errors import CommandFailed, SamovarError

from samovar_cli.adding.add import Added, Order, add
from samovar_cli.adding.fitted.bringing import Fitting
from samovar_cli.adding.shown import document
from samovar_cli.adding.sources import members
from samovar_cli.adding.studying import Said
from samovar_cli.failures import exit_status
from samovar_cli.terminal import console, one_line, progress, size, write_json


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one folder of a repository."""

    folder: Path
    added: Added | None = None
    error: SamovarError | None = None


def chosen(order: Order, only: Sequence[str]) -> list[Order]:
    """An order for each model of the repository that is named, or of all; one for a single model.

    Raises CommandFailed for a name that is not there, and for what can be said of one model only.
    """
    found = members(order.path)
    if not found and only:
        raise CommandFailed(
            f"{order.path} is no repository of several models: leave --only out to add it"
        )
    if not found:
        return [order]
    names = [folder.name for folder in found]
    for name in only:
        if name not in names:
            raise CommandFailed(f"{order.path} has no model {name!r}; it has {', '.join(names)}")
    picked = [folder for folder in found if not only or folder.name in only]
    if len(picked) > 1 and (order.name or order.said != Said() or order.fitting != Fitting()):
        raise CommandFailed(
            f"{order.path} is a repository of {len(picked)} models, and what was said beside it is "
            f"of one: say which with --only, such as --only {picked[0].name}"
        )
    return [replace(order, path=folder) for folder in picked]


def add_all(orders: Sequence[Order]) -> list[Outcome]:
    """Each model added, or the reason why not: one that is refused does not keep others out."""
    outcomes = []
    with progress() as bars:
        bar = bars.add_task("models", total=len(orders))
        for order in orders:
            bars.update(bar, description=order.path.name)
            try:
                outcomes.append(Outcome(order.path, added=add(order)))
            except SamovarError as error:
                outcomes.append(Outcome(order.path, error=error))
            bars.advance(bar)
    return outcomes


def tell(outcomes: Sequence[Outcome], models: Path, *, as_json: bool) -> int:
    """The report; the exit status of the first that was refused, else 0."""
    if as_json:
        write_json(orjson.dumps(_document(outcomes, models), option=orjson.OPT_SERIALIZE_NUMPY))
    else:
        _show(outcomes)
    return next((exit_status(one.error) for one in outcomes if one.error), 0)


def _document(outcomes: Sequence[Outcome], models: Path) -> dict[str, object]:
    return {
        "added": [document(one.added, models) for one in outcomes if one.added],
        "refused": [
            {"folder": str(one.folder), "error": one.error.message, "code": one.error.code}
            for one in outcomes
            if one.error
        ],
    }


def _show(outcomes: Sequence[Outcome]) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("model", "task", "lane", "size", "a request"):
        table.add_column(name, justify="right" if name in ("size", "a request") else "left")
    for one in outcomes:
        if one.added:
            table.add_row(*_row(one.added))
    done = [one for one in outcomes if one.added]
    if done:
        out.print(table)
    for one in outcomes:
        for note in one.added.proposal.notes if one.added else ():
            out.print(Text(f"look: {one.folder.name}: {one_line(note)}", "yellow"), soft_wrap=True)
        if one.error:
            said = f"refused: {one.folder.name}: {one_line(one.error.message)} ({one.error.code})"
            out.print(Text(said, "red"), soft_wrap=True)
    out.print(Text(f"\n{len(done)} of {len(outcomes)} models are added", "bold"))


def _row(added: Added) -> tuple[Text, ...]:
    took = f"{added.request_ms:.3g} ms" if added.answers else "not asked"
    cells = (added.name, added.proposal.task, added.draft.lane, size(added.size_bytes), took)
    return tuple(map(Text, cells))
