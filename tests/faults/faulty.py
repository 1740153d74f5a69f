"""The ports of the world of jobs: in memory, and as unreliable as the real ones."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from samovar.errors import InvalidInput, SamovarError, StorageUnavailable
from samovar.job_runs import OneHand
from samovar.jobs import Delivery, Job, JobPage, JobQuery, Upload
from samovar.ports import BlobHead
from samovar.statistics import ModelStatistics
from samovar.types import ModelSpec, Payload

if TYPE_CHECKING:
    from tests.faults.world import World

VISIBILITY_MS = 90_000


class Died(BaseException):
    """The process is gone. A BaseException, so that nothing in samovar can catch it."""


@dataclass(slots=True)
class Faults:
    """How likely each trouble is, from 0 to 1."""

    crash: float = 0.0
    throttle: float = 0.0
    duplicate: float = 0.0
    meanwhile: float = 0.0  # that something else happens just before a port call
    skew_ms: int = 0
    slow: float = 0.0  # that a run outlasts its lease, which is renewed meanwhile
    away: float = 0.0  # that the endpoint is throttled, or down for a while
    asleep: float = 0.0  # that it wakes from zero before it runs a call
    elsewhere: float = 0.0  # that it puts an answer where nobody asked it to
    killed: float = 0.0  # that its container ends within a run
    lost: float = 0.0  # of a notice
    late: float = 0.0
    garbled: float = 0.0


@dataclass(slots=True)
class Tracer:
    """Counts port calls, and dies at one of them: `die_at` with `before` or after its effect."""

    die_at: int = -1
    before: bool = True
    calls: int = 0
    names: list[str] = field(default_factory=list)

    def around(self, name: str, effect: Callable[[], Any]) -> Any:
        """One call to a port."""
        number, self.calls = self.calls, self.calls + 1
        self.names.append(name)
        if number == self.die_at and self.before:
            raise Died
        result = effect()
        if number == self.die_at:
            raise Died
        return result


class Table:
    """The jobs' table, with a count of the times that each job was ended."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.open: dict[str, Job] = {}
        self.ends: dict[str, int] = {}

    def create(self, job: Job) -> bool:
        if job.id in self.jobs:
            return False
        self.jobs[job.id] = self.open[job.id] = job
        return True

    def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    def replace(self, job: Job) -> bool:
        if self.jobs[job.id].revision != job.revision - 1:
            return False
        self.jobs[job.id] = self.open[job.id] = job
        if job.state.final:
            self.ends[job.id] = self.ends.get(job.id, 0) + 1
            del self.open[job.id]
        return True

    def find(self, query: JobQuery) -> JobPage:
        found = (
            job
            for job in self.open.values()
            if job.state is query.state
            and (not query.older_than_ms or job.changed_ms < query.older_than_ms)
        )
        return JobPage(tuple(job for job, _ in zip(found, range(query.limit), strict=False)))


class Queue:
    """At-least-once delivery: hidden while worked on, back when not deleted, dead after five."""

    def __init__(self, world: "World", max_receives: int = 5) -> None:
        self._world = world
        self._most = max_receives
        self._waiting: list[tuple[int, float, int, str, int]] = []
        self._hidden: dict[str, tuple[int, str, int]] = {}
        self._numbers = iter(range(1 << 62))
        self.dead: list[str] = []

    def send(self, job_ids: Sequence[str], delay_s: int = 0) -> None:
        for job_id in job_ids:
            copies = 2 if self._world.luck.random() < self._world.faults.duplicate else 1
            for _ in range(copies):
                self._push(self._world.now_ms + delay_s * 1000, job_id, 0)

    def postpone(self, receipt: str, seconds: int) -> None:
        if receipt in self._hidden:
            _, job_id, count = self._hidden.pop(receipt)
            self._push(self._world.now_ms + seconds * 1000, job_id, count)

    def receive(self, most: int) -> list[Delivery]:
        """Up to `most` messages that can be seen, in no order that means anything."""
        found = []
        self._show_again()
        while self._waiting and len(found) < most and self._waiting[0][0] <= self._world.now_ms:
            _, _, number, job_id, count = heapq.heappop(self._waiting)
            receipt = f"{number}/{count + 1}"
            self._hidden[receipt] = (self._world.now_ms + VISIBILITY_MS, job_id, count + 1)
            found.append(Delivery(job_id, receipt, str(number), count + 1))
        return found

    def settle(self, received: Sequence[Delivery], kept: Sequence[Delivery] | None) -> None:
        """The worker's answer: what it kept comes back, the rest is deleted; None: it died."""
        back = received if kept is None else kept
        again = {delivery.receipt for delivery in back}
        for delivery in received:
            hidden = self._hidden.pop(delivery.receipt, None)
            if hidden is None or delivery.receipt not in again:
                continue
            if delivery.receive_count >= self._most:
                self.dead.append(delivery.job_id)
            else:
                self._push(hidden[0], hidden[1], hidden[2])

    def next_ms(self) -> int | None:
        """When the next message can be seen; None where there is none."""
        seen = [self._waiting[0][0]] if self._waiting else []
        return min(seen + [hidden[0] for hidden in self._hidden.values()], default=None)

    def _show_again(self) -> None:
        """Messages whose worker took too long: it may still be at work on them."""
        now = self._world.now_ms
        for receipt in [key for key, hidden in self._hidden.items() if hidden[0] <= now]:
            _, job_id, count = self._hidden.pop(receipt)
            if count >= self._most:
                self.dead.append(job_id)
            else:
                self._push(now, job_id, count)

    def _push(self, at_ms: int, job_id: str, count: int) -> None:
        order = self._world.luck.random()
        heapq.heappush(self._waiting, (at_ms, order, next(self._numbers), job_id, count))


class Blobs:
    """Objects by URI."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise InvalidInput("there is no such object")
        return self.objects[uri]

    def put(self, key: str, body: bytes, content_type: str) -> str:
        self.objects[f"s3://world/{key}"] = body
        return f"s3://world/{key}"

    def uri(self, key: str) -> str:
        return f"s3://world/{key}"

    def head(self, uri: str) -> BlobHead | None:
        return BlobHead(len(self.objects[uri]), "text/plain") if uri in self.objects else None

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        raise AssertionError("no client of this world uploads anything itself")


_SPECS = {"shout": ModelSpec("shout"), "think": ModelSpec("think", lane="heavy")}


class Models:
    """`shout` on the light lane, `think` on the heavy one: a text in capitals.

    A text that begins with "poison" is refused, one with "bomb" is its process's end.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self.runs: dict[str, int] = {}

    def spec(self, name: str) -> ModelSpec:
        return _SPECS[name]

    def versions(self, name: str) -> tuple[str, ...]:
        return ("1",)

    def statistics(self) -> dict[tuple[str, str], ModelStatistics]:
        return {}

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        self._world.now_ms += 5
        if self._world.luck.random() < self._world.faults.slow:
            for _ in range(4):
                self._world.now_ms += self._world.run_limits.lease_ms // 3
                self._world.hand.beat()
        return [self._answer(payload) for payload in payloads]

    def _answer(self, payload: Payload) -> Payload | SamovarError:
        self.runs[payload.request_id] = self.runs.get(payload.request_id, 0) + 1
        if payload.body.startswith(b"poison"):
            return InvalidInput("poison")
        if payload.body.startswith(b"bomb"):
            raise Died
        return Payload(payload.body.upper(), "text/plain", payload.request_id)


class BeatingHand(OneHand):
    """One hand, and a heart that beats when the world says so."""

    def __init__(self) -> None:
        self._beats: list[Callable[[], None]] = []

    @contextmanager
    def beating(self, beat: Callable[[], None], every_s: float) -> Iterator[None]:
        self._beats.append(beat)
        try:
            yield
        finally:
            self._beats.pop()

    def beat(self) -> None:
        """Once, for the innermost of those that are at work."""
        self._beats[-1]()


class Port:
    """A port through which a process may die, or be told to come again later."""

    def __init__(self, name: str, inner: Any, world: "World", tracer: Tracer | None) -> None:
        self._name, self._inner, self._world, self._tracer = name, inner, world, tracer

    def __getattr__(self, method: str) -> Callable[..., Any]:
        through = self._through(method)
        setattr(self, method, through)  # found without this function from now on
        return through

    def _through(self, method: str) -> Callable[..., Any]:
        call, world, tracer = getattr(self._inner, method), self._world, self._tracer
        luck, name = world.luck.random, f"{self._name}.{method}"

        def through(*args: Any, **kwargs: Any) -> Any:
            faults = world.faults
            if faults.meanwhile and luck() < faults.meanwhile:
                world.meanwhile()
            if faults.throttle and luck() < faults.throttle:
                raise StorageUnavailable("throttled")
            if faults.crash and luck() < faults.crash:
                if luck() < 0.5:
                    call(*args, **kwargs)
                raise Died
            if tracer is None:
                return call(*args, **kwargs)
            return tracer.around(name, lambda: call(*args, **kwargs))

        return through
