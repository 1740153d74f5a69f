"""Why a plan is what it is, a reason a line. Pure."""

from collections.abc import Iterator

from samovar_cli.planning.asked import App
from samovar_cli.planning.choosing import Plan
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Work, scenario
from samovar_cli.simulate.bill import MONTH_S
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.report import dollars, duration
from samovar_cli.terminal import percent


def reasons(app: App, plan: Plan, prices: Prices) -> Iterator[str]:
    """What decided, and what would change it."""
    yield from _memory(app, plan)
    yield from _cold(app, plan)
    yield from _lanes(app, plan)
    yield from _unknown(app, plan, prices)
    yield f"these figures are {plan.chosen.how}"


def _memory(app: App, plan: Plan) -> Iterator[str]:
    chosen = plan.chosen.candidate
    if chosen.lane == ENDPOINT:
        return
    there = scenario(app.work, chosen)
    needs = f", and the model needs {app.work.memory_mb:,.0f} MB" if app.work.memory_mb else ""
    yield (
        f"{chosen.memory_mb:,} MB run a request in {duration(there.run_s * there.slowness)}"
        f"{needs}; time costs as much with less memory, only more of it passes"
    )
    if not app.work.speedup:
        yield (
            "more than 1,769 MB are taken to help nothing: nobody measured what a second vCPU "
            "brings"
        )


def _cold(app: App, plan: Plan) -> Iterator[str]:
    chosen = plan.chosen
    if chosen.candidate.lane == ENDPOINT:
        return
    share = chosen.cold_a_second / app.arrivals.rate
    yield f"{percent(share)} of requests meet a cold start of {duration(app.work.init_s)}"
    if chosen.candidate.provisioned:
        yield (
            f"{chosen.candidate.provisioned} environments are kept ready: they are busy enough to "
            "cost less than those on demand, or too many requests would meet a cold start"
        )


def _lanes(app: App, plan: Plan) -> Iterator[str]:
    beside = {said.candidate.lane: said for said in plan.best}
    chosen = plan.chosen
    for lane, name in ((QUEUE, "jobs in batches"), (FUNCTION, "a call each")):
        if lane == chosen.candidate.lane:
            continue
        if lane not in beside:
            yield f"{name} would cost more, however they gather: what takes them costs too"
        elif beside[lane].over > app.slo.late:
            yield f"{name} would be late for {percent(beside[lane].over)} of the requests"
        else:
            yield f"{name} would cost {dollars(beside[lane].month)} a month"


def _unknown(app: App, plan: Plan, prices: Prices) -> Iterator[str]:
    work = app.work
    if not work.arm_speed and plan.chosen.candidate.lane != ENDPOINT:
        even = prices["lambda.gb_second_arm64"] / prices["lambda.gb_second_x86_64"]
        yield (
            "nobody measured it on arm64 (--arm-speed): it costs less there if a vCPU is at "
            f"least {even:.2f} times as fast"
        )
    if not work.gpu_speed:
        yield _gpu(work, app.arrivals.rate, plan, prices)


def _gpu(work: Work, rate: float, plan: Plan, prices: Prices) -> str:
    a_month = prices["instances.ml.g4dn.xlarge"] * MONTH_S / 3600
    said = "nobody measured it on a GPU (--gpu-speed): "
    if plan.chosen.month <= a_month:
        return said + f"one that is always on is {dollars(a_month)} a month, whatever it does"
    speed = work.run_s * rate / 0.7 * a_month / plan.chosen.month
    return said + f"it could cost less if one did the work of {speed:.0f} vCPUs and more"
