"""A plan, and what came of it, on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from samovar_cli.deploying.plan import Plan
from samovar_cli.deploying.sizes import LIMIT_BYTES
from samovar_cli.deploying.smoke import Smoke
from samovar_cli.terminal import bar, one_line, size

_MOST_REMOVED = 12
_STATES = {"ABSENT": "not there yet", "REVIEW_IN_PROGRESS": "not there yet"}


def show_plan(plan: Plan, out: Console) -> None:
    """All of it: stack, parameters, layers, models, what goes, what it costs."""
    out.print(_head(plan))
    for table in (_functions(plan), _layers(plan), _models(plan)):
        out.print()
        out.print(table)
    count = sum(file.bytes for file in plan.missing)
    out.print(f"to upload: {size(count)} of models" if count else "no model has to be uploaded")
    out.print()
    out.print(_bill(plan))
    if plan.once:
        out.print(f"Deploying starts one instance, which goes when nobody calls: ${plan.once:.2f}")
    for line in _removals(plan):
        out.print(line, soft_wrap=True)


def _head(plan: Plan) -> Table:
    state = plan.found.stack.state if plan.found else "no account was asked"
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    table.add_row("stack", Text(plan.project.stack, "bold"), _STATES.get(state, state))
    table.add_row("region", plan.region or "as the credentials say", "")
    back = {key: after for key, (_, after) in plan.moved.items()}  # to the default, maybe
    for key, value in (plan.changed | back).items():
        was = f"was {one_line(plan.moved[key][0]) or 'empty'}" if key in plan.moved else ""
        table.add_row("parameter", one_line(f"{key}={value}"), was)
    return table


def _functions(plan: Plan) -> Table:
    table = _table("function", "unzipped", f"of {size(LIMIT_BYTES)}")
    for each in plan.weights:
        share = each.bytes / LIMIT_BYTES
        table.add_row(each.function, size(each.bytes), Text(f"{bar(share, 16):16} {share:.0%}"))
    return table


def _layers(plan: Plan) -> Table:
    table = _table("layer", "unzipped", "most of it")
    for each in plan.layers:
        largest = [f"{name} {size(count)}" for name, count in list(each.entries.items())[:3]]
        table.add_row(each.name, size(each.bytes), ", ".join(largest))
    return table


def _models(plan: Plan) -> Table:
    table = _table("model", "size", "lane", "goes to")
    for each in plan.models:
        style = "" if each.versions else "dim"
        table.add_row(
            Text(one_line(each.name), style), size(each.bytes), each.lane, each.place.value
        )
    return table


def _bill(plan: Plan) -> Table:
    table = _table("a month in which nobody calls", "US$")
    for name, dollars in plan.bill.items():
        table.add_row(name, f"{dollars:.2f}")
    table.add_row(Text("together", "bold"), Text(f"{sum(plan.bill.values()):.2f}", "bold"))
    return table


def _removals(plan: Plan) -> Iterator[Text]:
    if plan.found is None:
        yield Text(f"\nWhat is deployed already was not looked at: {plan.note}.", "dim")
        return
    if plan.note:
        yield Text(f"\n{plan.note}.", "yellow")
    removed, others = plan.removed, plan.found.others
    if plan.found.stack.is_stillborn:
        yield Text(
            f"\nThe stack was never made whole ({plan.found.stack.state}): it is removed first."
        )
    if removed:
        yield Text("\nDeleted from the stack:", "bold red")
        for name in removed[:_MOST_REMOVED]:
            yield Text(f"  {name}", "red")
        if len(removed) > _MOST_REMOVED:
            yield Text(f"  and {len(removed) - _MOST_REMOVED} more; --json has all", "red")
    elif plan.found.stack.is_there and not plan.found.stack.is_stillborn:
        yield Text("\nNothing is deleted, but layers' versions that new ones take the place of.")
    if others:
        said = ", ".join(map(one_line, others))
        yield Text(f"In the bucket and not here, so left as they are: {said}")


def show_smoke(smoke: Smoke, out: Console) -> None:
    """Each example that was tried, and each model that was not."""
    table = _table("model", "example", "took", "")
    for each in smoke.tried:
        good = (
            Text("ok", "green") if not each.fault else Text(one_line(each.fault)[:120], "bold red")
        )
        took = f"{each.milliseconds:.0f} ms" if each.milliseconds else ""
        table.add_row(one_line(each.model), one_line(each.example), took, good)
    out.print(table)
    for name, reason in smoke.skipped:
        out.print(Text(f"{one_line(name)} was not asked: {reason}", "dim"), soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        right = column in ("unzipped", "size", "US$", "took")
        table.add_column(column, justify="right" if right else "left")
    return table
