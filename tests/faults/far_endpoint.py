"""The heavy lane's endpoint in the world of faults: far away, slow, asleep, and forgetful."""

import heapq
from typing import TYPE_CHECKING, NamedTuple

import orjson
from samovar.errors import EndpointUnavailable
from samovar.heavy_calls import ERRORS, OUTPUTS
from samovar.heavy_results import Notice
from samovar.jobs import EndpointCall, Placed

if TYPE_CHECKING:
    from tests.faults.heavy_world import HeavyWorld

WAKES_MS = 300_000


class Waiting(NamedTuple):
    """A call that was taken, and what comes of it later."""

    at_ms: int
    order: float
    call: EndpointCall
    placed: Placed
    taken_ms: int


class FarEndpoint:
    """Takes calls, runs them in its own time, and tells of them, or does not."""

    def __init__(self, world: "HeavyWorld") -> None:
        self._world = world
        self._waiting: list[Waiting] = []
        self._away_until_ms = 0
        self.runs: dict[str, int] = {}
        self.late_runs = 0
        """Runs of jobs whose deadline had passed, by the true time and beyond any skew."""

    def invoke(self, call: EndpointCall) -> Placed:
        """Take the call. Raises EndpointUnavailable."""
        world = self._world
        faults, luck = world.faults, world.luck.random
        if world.now_ms < self._away_until_ms or luck() < faults.away:
            if luck() < 0.2:  # down for a while, rather than throttled once
                self._away_until_ms = world.now_ms + world.luck.randint(1, 120_000)
            raise EndpointUnavailable("throttled")
        place = call.id.replace(".", "/")
        if luck() < faults.elsewhere:
            place = f"elsewhere/{world.luck.getrandbits(64)}"
        placed = Placed(
            world.blobs.uri(f"{OUTPUTS}/{place}.out"), world.blobs.uri(f"{ERRORS}/{place}.out")
        )
        waits_ms = WAKES_MS if luck() < faults.asleep else 0
        at_ms = world.now_ms + waits_ms + world.luck.randint(100, 30_000)
        heapq.heappush(self._waiting, Waiting(at_ms, luck(), call, placed, world.now_ms))
        return placed

    def step(self) -> int:
        """Run what is due. How many calls."""
        done = 0
        while self._waiting and self._waiting[0].at_ms <= self._world.now_ms:
            self._run(heapq.heappop(self._waiting))
            done += 1
        return done

    def forget_calls(self) -> None:
        """What was taken is lost, and never told of."""
        self._waiting.clear()

    def next_ms(self) -> int | None:
        """When the next call runs; None where none waits."""
        return self._waiting[0].at_ms if self._waiting else None

    def _run(self, waiting: Waiting) -> None:
        world, call = self._world, waiting.call
        luck = world.luck.random
        if world.now_ms > waiting.taken_ms + call.ttl_s * 1000:
            if luck() < 0.5:
                world.tell(Notice(call.id, ok=False, reason="the request expired"))
            return
        if call.deadline_ms and world.now_ns() // 1_000_000 >= call.deadline_ms:
            self._fail(waiting, "deadline_exceeded")
            return
        self.runs[call.id] = self.runs.get(call.id, 0) + 1
        deadline_ms = world.table.jobs[call.id.partition(".")[0]].deadline_ms
        self.late_runs += 0 < deadline_ms <= world.now_ms - world.skew_ms
        if luck() < world.faults.killed:
            if luck() < 0.5:
                world.tell(Notice(call.id, ok=False, reason="the container was killed"))
            return
        self._answer(waiting, world.blobs.objects[call.input_uri])

    def _answer(self, waiting: Waiting, text: bytes) -> None:
        """The answer, or the model's refusal."""
        if text.startswith(b"poison"):
            self._fail(waiting, "invalid_input")
            return
        key = waiting.placed.output_uri.removeprefix("s3://world/")
        self._world.blobs.put(key, text.upper(), "text/plain")
        notice = Notice(
            waiting.call.id,
            ok=True,
            output_uri=waiting.placed.output_uri,
            content_type="text/plain",
        )
        self._world.tell(notice)

    def _fail(self, waiting: Waiting, code: str) -> None:
        """The container's own error, as an object and a notice."""
        key = waiting.placed.failure_uri.removeprefix("s3://world/")
        self._world.blobs.put(key, orjson.dumps({"error": code, "code": code}), "application/json")
        self._world.tell(Notice(waiting.call.id, ok=False, failure_uri=waiting.placed.failure_uri))
