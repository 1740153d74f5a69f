"""The report as a person reads it."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from samovar_cli.optimising.comparing import Quality
from samovar_cli.optimising.costs import Cost
from samovar_cli.optimising.gate import Result
from samovar_cli.optimising.order import Report
from samovar_cli.optimising.quality import ORIGINAL, Head
from samovar_cli.terminal import clean, console, one_line, size

_COSTS = ("ms", "spread", "graph", "opens", "memory", "size")
_ON_A_GPU = "right, and meant for a GPU: how fast it is there was not measured on this CPU"
_DEPENDS = 1e-4  # what a batch may move an answer before it is told of


def show(report: Report) -> None:
    """The table, then what there is to say of each variant."""
    out = console()
    out.print(Text(_heading(report), "dim"), soft_wrap=True)
    head = _head(report)
    metric = head.metrics[0].name if head and head.metrics else "quality"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("variant", no_wrap=True)
    table.add_column("held")
    for column in (*_COSTS, metric):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_row(Text("original", "bold"), "", *_cost(report.original), Text(_before(head)))
    for result in report.results:
        if result.cost:
            table.add_row(*_row(report, result, result.cost))
    out.print(table)
    for line, style in _lines(report):
        out.print(Text(clean(line), style), soft_wrap=True)


def _heading(report: Report) -> str:
    rows = len(report.rows.asked)
    of = f" of {report.rows.of}" if report.rows.of > rows + report.calibrated_on else ""
    calibrated = f", calibrated on {report.calibrated_on} others" if report.calibrated_on else ""
    count = report.effort.threads
    threads = "one thread" if count == 1 else f"{count} threads"
    where = "the GPU" if report.on_gpu else threads
    return (
        f"{report.name} {report.version}: {rows}{of} rows of {report.rows.name}{calibrated}. "
        f"Milliseconds of one request, and of those the graph's, on {where} of this machine: "
        f"the median of {report.effort.rounds} processes, and by how much they differ."
    )


def _row(report: Report, result: Result, cost: Cost) -> tuple[Text, ...]:
    name = Text(result.name, "bold green" if result.name == report.best else "")
    held = Text("yes", "green") if result.passed else Text("no", "red")
    return (name, held, *_cost(cost), Text(_after(result.quality)))


def _cost(cost: Cost) -> tuple[Text, ...]:
    return (
        Text(f"{cost.request_ms:.3g}"),
        Text(
            ""
            if cost.low_ms == cost.high_ms
            else f"±{(cost.high_ms - cost.low_ms) / 2 / cost.request_ms:.0%}",
            "dim",
        ),
        Text(f"{cost.graph_ms:.3g}"),
        Text(f"{cost.open_ms:.3g}"),
        Text(f"{cost.memory_mb:.3g} MB"),
        Text(size(cost.size)),
    )


def _head(report: Report) -> Head | None:
    """The task's own, of the first variant that has one."""
    mains = (one.quality.main for one in report.results if one.quality)
    return next((head for head in mains if head), None)


def _before(head: Head | None) -> str:
    """The original's own quality, where somebody says what is true."""
    if head is None or head.against == ORIGINAL or not head.metrics:
        return ""
    return f"{head.metrics[0].original:.4g}"


def _after(quality: Quality | None) -> str:
    if quality is None or quality.main is None or not quality.main.metrics:
        return ""
    return f"{quality.main.metrics[0].variant:.4g}"


def _lines(report: Report) -> Iterator[tuple[str, str]]:
    for result in report.results:
        if result.made:
            yield f"{result.name}: not made: {one_line(result.made)}", "dim"
        yield from ((f"{result.name}: {why}", "red") for why in map(one_line, result.refused))
        if result.passed and result.device == "gpu" and not report.on_gpu:
            yield f"{result.name}: {_ON_A_GPU}", "dim"
        yield from ((f"{result.name}: {note}", "yellow") for note in notes(result))
    yield from ((line, "yellow") for line in doubts(report))
    yield _conclusion(report), "bold" if report.best else ""


def notes(result: Result) -> Iterator[str]:
    """What should be known of a variant that is held to the gate."""
    quality = result.quality
    if not result.passed or quality is None:
        return
    if quality.apart > _DEPENDS:
        yield f"a request's answer depends on its batch: by up to {quality.apart:.2g}"
    found = result.saturation
    if found and found.could and not found.did:
        yield (
            f"{found.could} of its {found.products} products of bytes could overflow on a CPU "
            "without VNNI; on the samples none did"
        )


def doubts(report: Report) -> Iterator[str]:
    """What the rows are too few to say."""
    passed = [one.quality.main for one in report.results if one.passed and one.quality]
    bounds = [head.facts.get("loss_at_most", 0.0) for head in passed if head]
    if report.has_evaluation and max(bounds, default=0.0) > report.gate.loss:
        yield (
            f"{len(report.rows.asked)} rows cannot tell a loss of {report.gate.loss:.2%}: what "
            f"passed may have lost up to {max(bounds):.2%} (at 95 %); more rows would tell"
        )


def _conclusion(report: Report) -> str:
    if not report.has_evaluation:
        return (
            "Nothing is adopted on golden examples alone: say what is right with --evaluate "
            "rows.csv."
        )
    cost = report.result(report.best).cost if report.best else None
    if cost is None:
        return "No variant that is held to the gate is worth its files: the original stays."
    times = report.original.low_ms / cost.low_ms
    return (
        f"{report.best} is the best: {times:.2f}× as fast by the fastest process of each, "
        f"{size(cost.size)} instead of {size(report.original.size)}. "
        "--adopt NAME makes a model of it."
    )
