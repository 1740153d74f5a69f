"""The balance that decides where an `auto` model's jobs run: what it promises of any load."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.profile import Profile
from samovar.routing import (
    Load,
    Reason,
    Route,
    RouteLimits,
    grown,
    is_awake,
    light_s,
    limits_of,
    needed,
    offered,
    route,
    share,
    waiting,
    woken,
)

LIMITS = RouteLimits(worth=7.0, call=0.5, speed=40.0, instances=4)
START_MS = 1_700_000_000_000
HOURS_S = 3 * 3600


def after(
    jobs_s: list[tuple[float, float]], limits: RouteLimits = LIMITS, load: Load | None = None
) -> Load:
    """The load after jobs, each a pause of seconds and its light seconds."""
    load = load or Load("m", at_ms=START_MS)
    now_ms = load.at_ms
    for pause_s, work_s in jobs_s:
        now_ms += round(pause_s * 1000)
        load = grown(load, work_s, 1, now_ms, limits)
    return load


def steady(rate: float, work_s: float, seconds: float = HOURS_S) -> Load:
    """The load after jobs that are told of every ten seconds."""
    load, jobs = Load("m", at_ms=START_MS), round(rate * 10)
    for _ in range(round(seconds / 10)):
        load = grown(load, jobs * work_s, jobs, load.at_ms + 10_000, LIMITS)
    return load


@pytest.mark.parametrize(
    ("rate", "work_s", "heavy"),
    [
        (1.0, 3.0, False),  # 3 - 0.5 light seconds saved a second, and an instance is worth 7
        (2.7, 3.0, False),
        (4.0, 3.0, True),
        (10.0, 3.0, True),
        (100.0, 0.5, False),  # a job costs as much on the endpoint, were it for nothing
        (10.0, 0.1, False),
    ],
)
def test_a_steady_load_ends_up_where_it_is_cheaper(rate: float, work_s: float, heavy: bool) -> None:
    assert steady(rate, work_s).heavy is heavy


def test_a_load_that_ends_goes_back_to_the_light_lane() -> None:
    load = steady(10.0, 3.0)
    assert load.heavy
    quiet = grown(load, 3.0, 1, load.at_ms + 2 * 3600 * 1000, LIMITS)
    assert (quiet.heavy, quiet.balance_s) == (False, 0.0)


def test_a_burst_that_pays_for_no_wake_up_stays_on_the_light_lane() -> None:
    waste = LIMITS.waste_s * LIMITS.worth
    burst = after([(0.1, 3.0)] * round(0.9 * waste / 2.5))  # less than one is worth
    assert not burst.heavy
    assert after([(0.1, 3.0)] * 200, load=after([(3600, 3.0)], load=burst)).heavy is False


def test_a_load_at_the_crossover_moves_seldom() -> None:
    load, moves = Load("m", at_ms=START_MS), 0
    for number in range(10_000):
        work_s = 3.0 if number % 2 else 2.65  # 0.35 s apart: worth an instance, almost exactly
        then = grown(load, work_s, 1, load.at_ms + 333, LIMITS)
        moves += then.heavy is not load.heavy
        load = then
    assert moves <= 1


JOBS = st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 100)), max_size=40)


@given(JOBS, st.integers(1, 5))
def test_the_balance_stays_between_nothing_and_one_wake_up(
    jobs: list[tuple[float, float]], instances: int
) -> None:
    limits = replace(LIMITS, instances=instances)
    load = after(jobs, limits)
    assert 0 <= load.balance_s <= needed(load, limits) * limits.worth * limits.waste_s
    assert offered(load, limits) >= 0
    assert 1 <= needed(load, limits) <= instances
    assert 0 < share(load, limits) <= 1
    assert not (load.heavy and not load.balance_s)
    assert load.revision == len(jobs)


@given(JOBS, st.floats(0, 100))
def test_what_is_told_late_or_out_of_order_counts_all_the_same(
    jobs: list[tuple[float, float]], work_s: float
) -> None:
    load = after(jobs)
    late = grown(load, work_s, 1, load.at_ms - 60_000, LIMITS)
    assert late.at_ms == load.at_ms
    assert late.work_s == pytest.approx(load.work_s + work_s)


def test_an_average_of_five_minutes_is_what_is_offered() -> None:
    load = steady(10.0, 3.0)
    assert offered(load, LIMITS) == pytest.approx(30, rel=0.02)
    assert needed(load, LIMITS) == 1
    assert needed(steady(30.0, 3.0, 1800), LIMITS) == 3


@given(st.integers(0, 10**6), st.booleans())
def test_where_it_is_cheaper_all_jobs_are_light(number: int, awake: bool) -> None:
    load = steady(1.0, 3.0, 600)
    found = route(load, f"job-{number}", load.at_ms, awake=awake, limits=LIMITS)
    assert found == Route("light", Reason.COST)


def test_an_endpoint_that_is_awake_gets_what_it_can_hold_and_no_more() -> None:
    small = replace(LIMITS, instances=1)  # of 40 light seconds a second, four fifths full
    load = replace(steady(20.0, 3.0, 1800), heavy=True)
    routes = [route(load, f"job-{n}", load.at_ms, awake=True, limits=small) for n in range(4000)]
    heavy = sum(found == Route("heavy", Reason.LOAD) for found in routes)
    assert set(routes) == {Route("heavy", Reason.LOAD), Route("light", Reason.FULL)}
    assert heavy / 4000 == pytest.approx(32 / 60, abs=0.03)
    again = route(load, "job-7", load.at_ms, awake=True, limits=small)
    assert again == routes[7], "a job asked for twice has one lane"


def test_while_it_wakes_the_light_lane_costs_no_more_than_the_instances_to_come() -> None:
    load = woken(steady(20.0, 3.0, 1800), Load("*"), START_MS + 1_800_000)
    part = waiting(load, load.woken_ms, LIMITS)
    light = offered(load, LIMITS) * (1 - part)
    assert light == pytest.approx(needed(load, LIMITS) * LIMITS.worth)
    assert waiting(load, load.woken_ms, replace(LIMITS, haste=100)) == 0
    said = {route(load, f"j{n}", load.woken_ms, awake=False, limits=LIMITS) for n in range(99)}
    assert said == {Route("heavy", Reason.WAITS), Route("light", Reason.WAKING)}


def test_nobody_waits_for_an_endpoint_that_does_not_wake() -> None:
    load = woken(steady(20.0, 3.0, 1800), Load("*"), START_MS)
    again = woken(load, Load("*"), START_MS + 601_000)
    assert again.asleep_ms == START_MS, "it has not answered since"
    assert waiting(again, START_MS + 601_000, LIMITS) == 0
    answered = Load("*", answered_ms=START_MS + 400_000)
    assert woken(load, answered, START_MS + 900_000).asleep_ms == START_MS + 900_000


@pytest.mark.parametrize(
    ("age_s", "awake", "balance_s", "reason"),
    [
        (59, True, 0, Reason.COST),
        (61, True, 0, Reason.AGE),
        (61, False, 0, Reason.COST),
        (61, False, 1, Reason.WAKING),
        (901, False, 0, Reason.WAKING),
    ],
)
def test_jobs_that_wait_long_go_to_an_endpoint_that_is_there_or_nearly_worth_it(
    age_s: float, awake: bool, balance_s: float, reason: Reason
) -> None:
    now_ms = START_MS + 5000
    load = Load("m", at_ms=now_ms, age_s=age_s, aged_ms=START_MS, balance_s=balance_s)
    assert route(load, "j", now_ms, awake=awake, limits=LIMITS).reason == reason
    forgotten = now_ms + 1_201_000
    assert route(load, "j", forgotten, awake=awake, limits=LIMITS).reason == Reason.COST


def test_an_endpoint_is_there_for_ten_minutes_after_its_last_answer() -> None:
    endpoint = Load("*", answered_ms=START_MS)
    assert is_awake(endpoint, START_MS + 600_000)
    assert not is_awake(endpoint, START_MS + 600_001)
    assert not is_awake(Load("*"), START_MS)


def test_jobs_that_come_together_share_a_part_of_their_run() -> None:
    profile = Profile(100, shared_ms=80)
    assert light_s(profile, 100, Load("m")) == pytest.approx(0.1)
    assert light_s(profile, 100, Load("m", jobs=3000)) == pytest.approx(0.02 + 0.008)
    assert light_s(profile, 100, Load("m", jobs=1e9)) == pytest.approx(0.02 + 0.08 / 32)


def test_limits_are_the_usual_ones_but_for_those_that_are_said() -> None:
    assert limits_of(()) == RouteLimits()
    assert limits_of((("speed", 40.0), ("instances", 3))) == RouteLimits(speed=40.0, instances=3)
