"""Processes that take jobs of `auto` models: what they tell each other, and where jobs go."""

import pytest
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.memory_loads import MemoryLoadTable
from samovar.errors import StorageUnavailable
from samovar.frozen import replace
from samovar.jobs import Job, Source, State
from samovar.lanes import LaneLimits
from samovar.ports import JobPorts
from samovar.profile import Profile
from samovar.route_signals import RouteSignals
from samovar.router import ENDPOINT, Router
from samovar.routing import Asked, Load, Reason, Route, RouteLimits
from samovar.types import ModelSpec

AUTO = ModelSpec("m", lane="auto", profile=Profile(3000.0))
LIMITS = RouteLimits(worth=7.0, call=0.5, speed=40.0, instances=4)
SECOND = 10**9


class Loads(MemoryLoadTable):
    """A table that can be away, and in which others may be faster."""

    away = False
    faster = 0  # writes of others before the next one

    def get(self, name: str) -> Load:
        self._meet()
        return super().get(name)

    def put(self, load: Load) -> Load | None:
        self._meet()
        while self.faster:
            self.faster -= 1
            there = super().get(load.name)
            super().put(replace(there, revision=there.revision + 1, jobs=there.jobs + 1))
        return super().put(load)

    def _meet(self) -> None:
        if self.away:
            raise StorageUnavailable("away")


class World:
    """Some processes, their table and their clock."""

    def __init__(self, processes: int = 1, *, has_heavy: bool = True) -> None:
        self.clock, self.loads, self.number = MemoryClock(), Loads(), 0
        ports = JobPorts(
            MemoryJobTable(),
            MemoryJobQueue(self.clock),
            MemoryBlobs(),
            MemoryJobQueue(self.clock) if has_heavy else None,
            loads=self.loads,
        )
        lanes = LaneLimits(1000, 25_000)
        self.routers = [Router(ports, self.clock, LIMITS, lanes) for _ in range(processes)]
        self.signals = RouteSignals(self.loads, self.clock, LIMITS)

    def job(self, pause_s: float = 0.1, spec: ModelSpec = AUTO, size: int | None = 10) -> Route:
        """The lane of the next job, which the next process takes."""
        self.clock.move(round(pause_s * SECOND))
        self.number += 1
        router = self.routers[self.number % len(self.routers)]
        return router.route(spec, Asked(f"job-{self.number}", size))

    def until_heavy(self) -> Route:
        """A load that is cheaper on the endpoint, until that is known; the last job's lane."""
        for _ in range(20_000):
            found = self.job()
            if self.loads.get("m").heavy:
                return found
        raise AssertionError("it stays light")

    @property
    def now_ms(self) -> int:
        return self.clock.now_ns() // 1_000_000


@pytest.mark.parametrize(
    ("spec", "size", "route"),
    [
        (replace(AUTO, lane="light"), None, Route("light")),
        (replace(AUTO, lane="heavy"), 10, Route("heavy")),
        (AUTO, None, Route("heavy", Reason.SIZE)),
        (AUTO, 1001, Route("heavy", Reason.SIZE)),
        (replace(AUTO, profile=Profile(25_001.0)), 10, Route("heavy", Reason.TIME)),
        (replace(AUTO, profile=Profile()), 10, Route("light", Reason.UNMEASURED)),
        (AUTO, 10, Route("light", Reason.COST)),
    ],
)
def test_manifest_size_and_time_decide_first(
    spec: ModelSpec, size: int | None, route: Route
) -> None:
    world = World()
    assert world.job(spec=spec, size=size) == route
    assert world.loads.reads == (1 if route.reason == Reason.COST else 0)


def test_without_a_heavy_queue_nothing_is_asked_and_all_is_light() -> None:
    world = World(has_heavy=False)
    assert [world.job(size=size) for size in (10, None)] == [Route("light")] * 2
    assert (world.loads.reads, world.loads.writes) == (0, 0)


def test_a_file_of_rows_is_light_and_counts_for_nothing_itself() -> None:
    world = World()
    assert world.routers[0].route(AUTO, Asked("b", 10, rows=0)) == Route("light", Reason.PARTS)
    assert world.loads.reads == 0


def test_a_process_tells_of_sixteen_jobs_or_after_ten_seconds() -> None:
    world = World()
    for _ in range(16):
        world.job(0.1)
    assert (world.loads.reads, world.loads.writes) == (1, 1)
    assert world.loads.get("m").jobs == 16
    world.job(9.9)
    assert world.loads.writes == 1
    world.job(0.2)
    assert world.loads.writes == 2


def test_at_a_thousand_a_second_a_process_writes_once_a_second() -> None:
    world = World()
    for _ in range(3000):
        world.job(0.001)
    assert world.loads.writes <= 3


def test_nothing_is_lost_where_another_process_is_faster() -> None:
    world = World()
    world.loads.faster = 1
    for _ in range(16):
        world.job(0.1)
    told = world.loads.get("m")
    assert (told.jobs, told.revision) == (pytest.approx(17, abs=0.1), 2)


def test_a_race_that_is_lost_twice_is_told_the_next_time() -> None:
    world = World()
    for _ in range(15):
        world.job(0.1)
    puts = []

    def lose(load: Load) -> Load | None:
        puts.append(load)
        return replace(load, jobs=100.0) if len(puts) <= 2 else None

    world.loads.put = lose  # type: ignore[method-assign]  # a table on a very bad day
    world.job(0.1)
    assert len(puts) == 2
    for _ in range(16):
        world.job(0.1)
    assert len(puts) == 3
    assert puts[2].jobs == pytest.approx(126, rel=0.01)


def test_the_first_job_of_a_move_wakes_the_endpoint_and_of_all_processes_one_sends_it() -> None:
    world = World(processes=3)
    assert world.until_heavy() == Route("heavy", Reason.WAKES)
    reasons = {world.job().reason for _ in range(300)}
    assert reasons == {Reason.WAKING, Reason.WAITS, Reason.COST}


def test_an_endpoint_that_answers_gets_the_jobs_of_every_process() -> None:
    world = World(processes=3)
    world.until_heavy()
    for _ in range(30):
        world.job()
    world.signals.answered()
    for _ in range(300):
        world.job()
    assert {world.job() for _ in range(30)} == {Route("heavy", Reason.LOAD)}


def test_an_endpoint_that_never_answers_is_called_every_ten_minutes_and_no_more() -> None:
    world = World()
    world.until_heavy()
    reasons = [world.job(1 / 3).reason for _ in range(3 * 2400)]
    assert reasons.count(Reason.WAKES) == 3
    assert Reason.WAITS not in reasons[3 * 620 :]


def test_an_endpoint_that_falls_silent_is_given_up_after_ten_minutes() -> None:
    world = World()
    world.until_heavy()
    world.signals.answered()
    reasons = [world.job(1 / 3).reason for _ in range(3 * 900)]
    assert reasons[3 * 30] == Reason.LOAD
    assert Reason.LOAD not in reasons[3 * 620 :]


def test_a_table_that_is_away_leaves_jobs_on_the_light_lane_and_costs_them_one_try() -> None:
    world = World()
    world.loads.away = True
    assert {world.job() for _ in range(100)} == {Route("light", Reason.COST)}
    world.loads.away = False
    world.job(10)
    assert world.loads.get("m").jobs >= 100, "what was not told is told the next time"


def test_what_was_known_counts_for_five_minutes_without_the_table() -> None:
    world = World()
    world.until_heavy()
    world.signals.answered()
    for _ in range(120):
        world.job()
    assert world.job() == Route("heavy", Reason.LOAD)
    world.loads.away = True
    assert world.job(200) == Route("heavy", Reason.LOAD)
    assert world.job(120) == Route("light", Reason.COST)


def waiting_job(world: World, age_s: float, **more: object) -> Job:
    job = Job("j", "m", "1", Source("text/plain"), 0, lane_reason="cost")
    changed_ms = world.now_ms - round(age_s * 1000)
    return replace(job, **{"changed_ms": changed_ms, **more})


def test_a_worker_tells_of_a_job_that_has_waited_long_every_twenty_seconds() -> None:
    world = World()
    world.signals.came(waiting_job(world, 59))
    assert world.loads.writes == 0
    for _ in range(5):
        world.signals.came(waiting_job(world, 70))
    assert world.loads.writes == 1
    assert world.loads.get("m").age_s == pytest.approx(70)
    world.clock.move(20 * SECOND)
    world.signals.came(waiting_job(world, 80))
    assert world.loads.get("m").age_s == pytest.approx(80)


@pytest.mark.parametrize(
    "job", [{"lane_reason": ""}, {"attempt": 1}, {"state": State.RUNNING}], ids=str
)
def test_jobs_of_other_models_and_second_attempts_say_nothing_of_the_queue(
    job: dict[str, object],
) -> None:
    world = World()
    world.signals.came(waiting_job(world, 1000, **job))
    assert world.loads.writes == 0


def test_what_a_worker_tells_leaves_the_counts_as_they_are() -> None:
    world = World()
    for _ in range(16):
        world.job(0.1)
    world.loads.faster = 1
    world.signals.came(waiting_job(world, 70))
    said = world.loads.get("m")
    assert (said.jobs, said.age_s, said.revision) == (17, pytest.approx(70), 3)


def test_workers_say_nothing_where_nobody_listens_or_the_table_is_away() -> None:
    world = World()
    RouteSignals(None, world.clock).answered()
    world.loads.away = True
    world.signals.answered()
    world.loads.away = False
    assert world.loads.get(ENDPOINT) == Load(ENDPOINT)
