"""`samovar plan`: a model each, its choice, what else there is, and what was asked for beside."""

from collections.abc import Sequence

import orjson
from samovar.errors import CommandFailed

from samovar_cli.planning.alternatives import alternatives
from samovar_cli.planning.asked import App, Asked, apps
from samovar_cli.planning.choosing import choose
from samovar_cli.planning.playing import played
from samovar_cli.planning.predicting import ANALYSED
from samovar_cli.planning.report import Planned, document, show
from samovar_cli.plots import check_path
from samovar_cli.simulate.prices import SHIPPED, Prices, read_prices
from samovar_cli.terminal import console, progress, write_json

_WAYS = 8  # bars of an app


def plan(asked: Asked) -> None:
    """Plan what was asked for, show it, and write down what was asked to be. CommandFailed."""
    if asked.plot is not None:
        check_path(asked.plot)
    if asked.apply and not asked.models:
        raise CommandFailed("--apply writes to a model's manifest: name a MODEL")
    prices = read_prices(asked.prices or SHIPPED)
    found = _planned(apps(asked), prices)
    if asked.as_json:
        write_json(orjson.dumps(document(found, prices)))
    else:
        show(found, prices, explain=asked.explain)
    if asked.plot is not None:
        from samovar_cli.planning.pictures import draw_plan

        draw_plan(found[0], prices, asked.plot)
        console(stderr=True).print(f"drawn to {asked.plot}")
    if asked.apply:
        from samovar_cli.planning.applying import apply_plans

        for line in apply_plans(found, asked.config, asked.folder):
            console(stderr=True).print(line, soft_wrap=True)


def _planned(asked: Sequence[App], prices: Prices) -> list[Planned]:
    """Each app's plan, played by the simulator and beside its alternatives."""
    found = []
    with progress() as bars:
        task = bars.add_task("planning", total=_WAYS * len(asked))
        for app in asked:
            work, arrivals, slo = app.work, app.arrivals, app.slo
            plan = choose(work, arrivals, slo, prices)
            chosen = plan.chosen
            if chosen.how == ANALYSED:
                chosen = played(work, arrivals, chosen.candidate, prices, slo.limit_s)
            bars.advance(task)
            others = alternatives(work, arrivals, slo, prices, plan, lambda: bars.advance(task))
            found.append(Planned(app, plan, chosen, tuple(others)))
    return found
