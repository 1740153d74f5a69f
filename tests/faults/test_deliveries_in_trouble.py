"""Deliveries through everything at once, by a seed; and broken rules, which must be noticed."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from samovar import job_delivery, job_events, job_sweep
from samovar.errors import DeliveryFailed, JobConflict, StorageUnavailable
from samovar.job_events import Answer, Event
from samovar.jobs import Job

from tests.faults.faulty import Died
from tests.unit.told_house import Ear, Kept, ToldHouse

SINKS = ("webhook", "sns", "eventbridge")


class MoodyEar(Ear):
    """A receiver that refuses, fails and hears without an answer, until `calm`."""

    def __init__(self, luck: random.Random) -> None:
        super().__init__()
        self._luck = luck
        self.calm = False
        self.took: list[str] = []

    def tell(self, event: Event) -> Answer:
        """Heard, and answered somehow."""
        self.heard.append(event)
        kind = 1.0 if self.calm else self._luck.random()
        if kind < 0.2:
            raise DeliveryFailed("its answer was lost")
        if kind < 0.4:
            return Answer(500)
        self.took.append(event.id)
        return Answer()


class Shaky:
    """A port that is away, or whose process dies, now and then."""

    def __init__(self, port: Any, luck: random.Random, trouble: dict[str, float]) -> None:
        self._port, self._luck, self._trouble = port, luck, trouble

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._port, method)

        def through(*args: Any, **named: Any) -> Any:
            kind, most = self._luck.random(), self._trouble["much"]
            if kind < most:
                raise StorageUnavailable("away")
            if kind < 2 * most:
                raise Died
            answer = call(*args, **named)
            if kind < 3 * most:
                raise Died
            return answer

        return through


class World:
    """Jobs that end in every way, told by processes that die."""

    def __init__(self, seed: int, jobs: int = 60) -> None:
        self.luck = random.Random(seed)
        self.trouble = {"much": 0.05}
        ears: dict[str, Ear] = {name: MoodyEar(self.luck) for name in SINKS}
        kept = Kept()
        self.safe = ToldHouse(ears, kept=kept)
        self.shaky = ToldHouse(ears, lambda _, port: Shaky(port, self.luck, self.trouble), kept)
        self.names = [self.safe.submit(ttl_s=60 if n % 3 else 0).id for n in range(jobs)]

    def live(self, turns: int) -> None:
        """Ends, deliveries, duplicates, sweeps and time, in any order."""
        acts = (self._end, self._deliver, self._duplicate, self._sweep, self._wait)
        for _ in range(turns):
            try:
                self.luck.choice(acts)()
            except (Died, StorageUnavailable, JobConflict):
                continue

    def settle(self) -> None:
        """No more trouble: a few days."""
        self.trouble["much"] = 0.0
        for ear in self.safe.ears.values():
            ear.calm = True  # type: ignore[attr-defined]  # MoodyEars
        for name in self.names:
            if not self.safe.job(name).state.final:
                self.safe.fail(name)
        for _ in range(200):
            self.safe.clock.move(1800 * 10**9)
            self.safe.deliver()
            self.safe.sweeper.sweep()
            self.safe.deliver()

    def check(self) -> None:
        """Every end is told to everybody, as one event, and nobody is owed anything."""
        ends = {name: self.safe.job(name) for name in self.names}
        for name, job in ends.items():
            assert job.state.final
            assert job.owed == (), name
        wanted = {f"{name}-{job.state}-{job.attempt}" for name, job in ends.items()}
        for ear in self.safe.ears.values():
            assert set(ear.took) == wanted  # type: ignore[attr-defined]  # MoodyEars
            said = {(event.id, event.body) for event in ear.heard}
            assert len(said) == len({event.id for event in ear.heard})

    def _end(self) -> None:
        self.shaky.jobs.cancel(self.luck.choice(self.names))

    def _deliver(self) -> None:
        received = self.safe.events.receive(self.luck.randint(1, 10))
        kept = self.shaky.deliverer.run(received, lambda: 60_000)
        for delivery in received:
            if delivery not in kept:
                self.safe.events.delete(delivery.receipt)

    def _duplicate(self) -> None:
        self.safe.events.send([self.luck.choice(self.names)])

    def _sweep(self) -> None:
        self.shaky.sweeper.sweep()

    def _wait(self) -> None:
        self.safe.clock.move(self.luck.choice((1, 30, 200, 4000)) * 10**9)


def live_through(seed: int) -> None:
    world = World(seed)
    world.live(600)
    world.settle()
    world.check()


@pytest.mark.parametrize("seed", range(8))
def test_trouble_of_every_kind_leaves_no_end_untold(seed: int) -> None:
    live_through(seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_ends_in_fifty_thousand_tries_are_all_told() -> None:
    for seed in range(100, 270):
        live_through(seed)


def never_asks_again(patch: pytest.MonkeyPatch) -> None:
    """No sweep looks for what is owed."""
    patch.setattr(job_sweep.JobSweeper, "_ask_again", lambda *_: 0)


def owes_nothing_once_it_tried(patch: pytest.MonkeyPatch) -> None:
    """A try counts as told, whatever came of it."""
    patch.setattr(job_events, "_wait_s", lambda *_: 0)


def notes_before_it_tells(patch: pytest.MonkeyPatch) -> None:
    """The debt is written off before anybody is told."""
    tell = job_delivery.Deliverer._tell

    def tell_later(self: job_delivery.Deliverer, job: Job) -> Any:
        paid = replace(job, owed=(), revision=job.revision + 1)
        return tell(self, job) if self._table.replace(paid) else []

    patch.setattr(job_delivery.Deliverer, "_tell", tell_later)


def names_events_anew(patch: pytest.MonkeyPatch) -> None:
    """Each try tells of an event of its own."""
    made = job_delivery.event_of

    def anew(job: Job) -> Event:
        event = made(job)
        return replace(event, id=f"{event.id}-{len(job.deliveries)}")

    patch.setattr(job_delivery, "event_of", anew)


@pytest.mark.parametrize(
    "broken",
    [never_asks_again, owes_nothing_once_it_tried, notes_before_it_tells, names_events_anew],
    ids=lambda rule: rule.__name__,
)
def test_a_broken_rule_is_noticed(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        _eight_worlds()


def _eight_worlds() -> None:
    for seed in range(8):
        live_through(seed)
