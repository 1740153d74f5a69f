"""A plan as a person reads it, and as a document for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from samovar_cli.planning.alternatives import Alternative
from samovar_cli.planning.asked import App
from samovar_cli.planning.choosing import Plan
from samovar_cli.planning.explaining import reasons
from samovar_cli.planning.predicting import Prediction
from samovar_cli.planning.wording import described, load_of, verdict
from samovar_cli.simulate.bill import MONTH_S
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.report import dollars, duration
from samovar_cli.terminal import bar, console, percent

_LEAST_SHOWN = 0.005  # of a bill


@dataclass(frozen=True, slots=True)
class Planned:
    """An app's plan, the same played by the simulator, and what else there is."""

    app: App
    plan: Plan
    played: Prediction
    others: tuple[Alternative, ...]


def show(found: Sequence[Planned], prices: Prices, *, explain: bool) -> None:
    """All plans on standard output."""
    out = console()
    for one in found:
        app, chosen = one.app, one.plan.chosen
        out.print(Text(load_of(app), "bold"), soft_wrap=True)
        out.print(verdict(one.app, one.plan), soft_wrap=True)
        out.print(_ways(one))
        out.print(Text("\nthe bill of a month", "bold"))
        out.print(_bill(chosen))
        if explain:
            out.print(Text("\nwhy", "bold"))
            for line in reasons(app, one.plan, prices):
                out.print(f"- {line}", soft_wrap=True)
        out.print()
    if len(found) > 1:
        whole = sum(one.plan.chosen.month for one in found)
        out.print(f"all {len(found)} together: {dollars(whole)} a month")
    out.print(f"prices of {prices.region}, {prices.looked_up}, without a free tier")


def _ways(one: Planned) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("")
    for head in ("p50", "p95", "p99", f"over {duration(one.app.slo.limit_s)}"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("$ a million", justify="right", no_wrap=True)
    table.add_column("a month", justify="right", no_wrap=True)
    table.add_row(Text("the plan", "bold green"), *_cells(one, one.plan.chosen))
    table.add_row(Text("  as simulated", "dim"), *_cells(one, one.played))
    for other in one.others:
        if other.prediction is None:
            table.add_row(other.name, "", "", "", "", "", Text("not known", "dim"))
        else:
            table.add_row(other.name, *_cells(one, other.prediction))
    return table


def _cells(one: Planned, said: Prediction) -> Iterator[str]:
    yield from (duration(each) for each in (said.p50_s, said.p95_s, said.p99_s))
    yield percent(said.over)
    yield dollars(said.month / (one.app.arrivals.rate * MONTH_S) * 1e6)
    yield dollars(said.month)


def _bill(said: Prediction) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=20)
    table.add_column(justify="right")
    for part, amount in sorted(said.bill.items(), key=lambda item: -item[1]):
        if amount >= said.month * _LEAST_SHOWN:
            table.add_row(part, dollars(amount), Text(bar(amount / said.month), "cyan"))
    return table


def document(found: Sequence[Planned], prices: Prices) -> Mapping[str, Any]:
    """The same for programs: seconds, and US dollars a month."""
    return {
        "prices": {"region": prices.region, "date": prices.looked_up.isoformat()},
        "plans": [
            {
                "model": one.app.name or None,
                "rate": one.app.arrivals.rate,
                "slo_s": one.app.slo.limit_s,
                "percentile": one.app.slo.percentile,
                "keeps_slo": one.plan.keeps_slo,
                **_said(one.plan.chosen, one.app.arrivals.rate),
                "played": _said(one.played, one.app.arrivals.rate),
                "why": list(reasons(one.app, one.plan, prices)),
                "alternatives": [_other(other, one.app.arrivals.rate) for other in one.others],
            }
            for one in found
        ],
    }


def _other(other: Alternative, rate: float) -> Mapping[str, Any]:
    if other.prediction is None:
        return {"name": other.name, "why_not": other.why_not}
    return {"name": other.name, **_said(other.prediction, rate)}


def _said(said: Prediction, rate: float) -> Mapping[str, Any]:
    return {
        "candidate": asdict(said.candidate),
        "described": described(said.candidate),
        "how": said.how,
        **{name: _or_none(getattr(said, name)) for name in ("p50_s", "p95_s", "p99_s")},
        "over_slo": said.over,
        "cold_starts_a_second": said.cold_a_second,
        "month": said.month,
        "per_million": said.month / (rate * MONTH_S) * 1e6,
        "bill": dict(said.bill),
    }


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
