"""What workers tell routers: how long jobs have waited, that the endpoint answers. Sees ports."""

from collections.abc import Callable

from samovar.errors import SamovarError
from samovar.frozen import replace
from samovar.jobs import Job, State
from samovar.ports import Clock, LoadTable
from samovar.router import ENDPOINT
from samovar.routing import Load, RouteLimits

_EVERY_MS = 20_000
_LIMITS = RouteLimits()


class RouteSignals:
    """Tells, now and then. Nothing is raised: what could not be told is told the next time."""

    def __init__(
        self,
        loads: LoadTable | None,  # None: nobody is told
        clock: Clock,
        limits: RouteLimits = _LIMITS,
    ) -> None:
        self._loads = loads
        self._clock = clock
        self._limits = limits
        self._told_ms: dict[str, int] = {}

    def came(self, job: Job) -> None:
        """A job has come to a worker of the light lane; whether it waited long is told.

        Only one that nobody has tried yet tells of the queue, and only of an `auto` model.
        """
        now_ms = self._now_ms()
        age_s = (now_ms - job.changed_ms) / 1000
        fresh = job.state is State.QUEUED and not job.attempt and job.lane_reason
        if fresh and age_s > self._limits.age_s and self._is_due(job.model, now_ms):
            self._tell(job.model, lambda load: replace(load, age_s=age_s, aged_ms=now_ms))

    def answered(self) -> None:
        """The endpoint has answered a call."""
        now_ms = self._now_ms()
        if self._is_due(ENDPOINT, now_ms):
            self._tell(ENDPOINT, lambda load: replace(load, answered_ms=now_ms))

    def _is_due(self, name: str, now_ms: int) -> bool:
        return now_ms - self._told_ms.get(name, 0) >= _EVERY_MS

    def _tell(self, name: str, change: Callable[[Load], Load]) -> None:
        """Change an item, again once where another was faster."""
        loads = self._loads
        if loads is None:
            return
        self._told_ms[name] = self._now_ms()
        try:
            load = loads.get(name)
            there = loads.put(_next(change(load), load))
            if there is not None:
                loads.put(_next(change(there), there))
        except SamovarError:
            return

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000


def _next(load: Load, last: Load) -> Load:
    return replace(load, revision=last.revision + 1)
