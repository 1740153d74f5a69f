"""Loads, candidates and verdicts in words. Pure."""

from collections.abc import Callable, Mapping
from math import isfinite

from samovar_cli.planning.asked import App
from samovar_cli.planning.choosing import Plan
from samovar_cli.planning.work import (
    ENDPOINT,
    FUNCTION,
    INSTANCE,
    QUEUE,
    SERVERLESS,
    Candidate,
)
from samovar_cli.simulate.report import dollars, duration
from samovar_cli.terminal import percent


def _function(one: Candidate) -> str:
    return f"a function of {one.memory_mb:,} MB on {one.architecture}{_ready(one)}"


def _ready(one: Candidate) -> str:
    return f", {one.provisioned} kept ready" if one.provisioned else ""


def _queue(one: Candidate) -> str:
    window = f" that gather for {one.window_s} s" if one.window_s else ""
    return (
        f"jobs, for workers of {one.memory_mb:,} MB on {one.architecture}, "
        f"in batches of up to {one.batch}{window}{_ready(one)}"
    )


def _endpoint(one: Candidate) -> str:
    return (
        f"jobs, for up to {one.instances} {one.instance} that sleep at zero, "
        f"{one.batch} calls at once on each"
    )


DESCRIBED: Mapping[str, Callable[[Candidate], str]] = {
    FUNCTION: _function,
    QUEUE: _queue,
    ENDPOINT: _endpoint,
    SERVERLESS: lambda one: f"SageMaker Serverless of {one.memory_mb:,} MB",
    INSTANCE: lambda one: f"{one.instances} {one.instance} that never sleep",
}
"""Lane → a candidate in words."""


def described(candidate: Candidate) -> str:
    """What is deployed, in words."""
    return DESCRIBED[candidate.lane](candidate)


def rate_of(rate: float) -> str:
    """Requests a second as a person says it: by the minute, hour or day where they are few."""
    for unit, seconds in (("second", 1.0), ("minute", 60.0), ("hour", 3600.0), ("day", 86_400.0)):
        if rate * seconds >= 0.5:
            count = rate * seconds
            return f"{count:,.0f} a {unit}" if count >= 100 else f"{count:.3g} a {unit}"
    return f"{rate * 86_400:.2g} a day"


def load_of(app: App) -> str:
    """A model, its load and what its callers expect."""
    name = f"{app.name}: " if app.name else ""
    return (
        f"{name}{rate_of(app.arrivals.rate)} of {duration(app.work.run_s)} each; "
        f"{app.slo.percentile:g} % within {duration(app.slo.limit_s)}"
    )


def verdict(app: App, plan: Plan) -> str:
    """What was chosen; or that nothing is in time, and the best there is."""
    chosen = plan.chosen
    said = f"{described(chosen.candidate)}: {dollars(chosen.month)} a month"
    if plan.keeps_slo:
        return said
    possible = (
        f"{app.slo.percentile:g} % are possible within {duration(plan.possible_s)}"
        if isfinite(plan.possible_s)
        else "too many would be turned away: no more than 1,000 environments run at once"
    )
    return (
        f"nothing keeps that: {percent(chosen.over)} would be late with the best there is, "
        f"{said}. {possible}"
    )
