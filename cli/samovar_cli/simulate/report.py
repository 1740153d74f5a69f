"""What a simulation found, as tables and as a document."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from samovar_cli.simulate.bill import MONTH_S, Load, total
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.scenario import Lane
from samovar_cli.terminal import bar, percent

_PERCENTILES = (50, 95, 99)
_SHORT_S = 600.0
_LEAST_SHOWN = 0.0005  # of a bill
_MOST_BYTES = {"function": 4_500_000, "serverless": 4 * 1024 * 1024, "instance": 6 * 1024 * 1024}
"""Lane → the largest body: of our door in a payload of Lambda's, of SageMaker's endpoints."""


def tables(lanes: Mapping[str, Lane], slo_s: float) -> Iterator[RenderableType]:
    """Latencies and costs of all lanes, then their bills."""
    yield _overview(lanes, slo_s)
    if len(lanes) == 1:
        (lane,) = lanes.values()
        yield Text("\nthe bill of a month", "bold")
        yield _bill(lane)
        return
    yield Text("\nthe bills of a month", "bold")
    yield _bills(lanes)


def document(lanes: Mapping[str, Lane], slo_s: float) -> dict[str, Any]:
    """The same for programs: seconds and US dollars."""
    return {name: _fields(lane, slo_s) for name, lane in lanes.items()}


def refused(lanes: Iterable[str], load: Load) -> Iterator[str]:
    """What is to be known of bodies that a lane does not take: they are played as if it did."""
    for name in lanes:
        limit = _MOST_BYTES.get(name, math.inf)
        share = load.expected(lambda size, limit=limit: float(size > limit))  # type: ignore[misc]  # bound at once
        if share:
            yield (
                f"{name}: {percent(share)} of requests have more than {limit / 1e6:.3g} MB, "
                "which it does not take; send them as uploads, which are jobs"
            )


def short(seconds: float) -> Iterator[str]:
    """What is to be known of a month that is made of a short time."""
    if seconds < _SHORT_S:
        yield (
            f"{duration(seconds)} say little of a month: cold starts, and instances that stay "
            "awake after the last request, are counted as often as this would come in one"
        )


def duration(seconds: float) -> str:
    """A time as a person reads it: 12 ms, 1.3 s, 7 min."""
    if np.isnan(seconds):
        return "none"
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def dollars(amount: float) -> str:
    """US dollars to three digits."""
    return f"${amount:,.0f}" if amount >= 100 else f"${amount:.3g}"


def _overview(lanes: Mapping[str, Lane], slo_s: float) -> Table:
    heads = ["", "p50", "p95", "p99", f"over {duration(slo_s)}", "cold", "$ a million", "a month"]
    table = Table(box=None, padding=(0, 1, 0, 0))
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=not number)
    for name, lane in lanes.items():
        outcome, cost = lane.outcome, total(lane.bill)
        table.add_row(
            name,
            *(duration(outcome.percentile_s(p)) for p in _PERCENTILES),
            percent(outcome.share_over(slo_s)),
            f"{outcome.cold_starts:,}",
            dollars(cost / max(outcome.requests, 1) * 1e6),
            dollars(cost * MONTH_S / outcome.seconds),
        )
    return table


def _bill(lane: Lane) -> Table:
    whole, months = total(lane.bill), lane.outcome.seconds / MONTH_S
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=20)
    table.add_column(justify="right")
    for part, amount in sorted(lane.bill.items(), key=lambda item: -item[1]):
        if amount >= whole * _LEAST_SHOWN and whole:
            table.add_row(part, dollars(amount / months), Text(bar(amount / whole), "cyan"))
    return table


def _bills(lanes: Mapping[str, Lane]) -> Table:
    """Parts down, lanes across; the parts that are most anywhere first."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    months = {
        name: {part: each * MONTH_S / lane.outcome.seconds for part, each in lane.bill.items()}
        for name, lane in lanes.items()
    }
    for name in lanes:
        table.add_column(name, justify="right")
    parts = {part for bill in months.values() for part in bill}
    shares = {
        part: max(bill.get(part, 0.0) / (total(bill) or 1.0) for bill in months.values())
        for part in parts
    }
    for part in sorted(parts, key=lambda part: (-shares[part], part)):
        if shares[part] >= _LEAST_SHOWN:
            cells = (bill.get(part, 0.0) for bill in months.values())
            table.add_row(part, *(dollars(cell) if cell else "" for cell in cells))
    return table


def _fields(lane: Lane, slo_s: float) -> dict[str, Any]:
    outcome: Outcome = lane.outcome
    months = outcome.seconds / MONTH_S
    return {
        "requests": outcome.requests,
        "answered": len(outcome.answered),
        **{f"p{p}_s": or_none(outcome.percentile_s(p)) for p in _PERCENTILES},
        "over_slo": outcome.share_over(slo_s),
        "cdf": outcome.cdf(),
        "batches": outcome.batches,
        "cold_starts": outcome.cold_starts,
        "throttled": outcome.throttled,
        "timed_out": outcome.timed_out,
        "instance_hours": outcome.instance_s / 3600,
        "per_million": total(lane.bill) / max(outcome.requests, 1) * 1e6,
        "month": {part: amount / months for part, amount in lane.bill.items()},
        "events": outcome.events,
    }


def or_none(value: float) -> float | None:
    """The value as JSON can say it: None for what is not a number."""
    return None if np.isnan(value) else value
