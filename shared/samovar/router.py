"""The lane of each job: its model's, or for `auto` what `routing` says of all its jobs. Sees ports.

Every process that takes jobs keeps its own count and adds it to the model's item now and then;
what it reads there in return is what it routes by until the next time. Where the item cannot be
had, the last one counts for a while, and then size and time alone.
"""

from samovar.errors import SamovarError
from samovar.lanes import AUTO, HEAVY, LIGHT, LaneLimits, expected_ms, lane_of
from samovar.ports import Clock, JobPorts, LoadTable
from samovar.routing import (
    Asked,
    Load,
    Reason,
    Route,
    RouteLimits,
    grown,
    is_awake,
    is_woken,
    light_s,
    route,
    wanted,
    woken,
)
from samovar.types import ModelSpec

ENDPOINT = "*"
"""The name of the item that says of the endpoint when it last answered; no model's name."""

_LANES = LaneLimits()
_JOBS = 16  # of its own, after which a process tells of them …
_LEAST_MS = 1_000  # … but not more often than this …
_MOST_MS = 10_000  # … and of fewer after so long
_STALE_MS = 300_000  # a load that could not be read for so long says nothing any more


class _Own:
    """What this process knows of a model, and has not told yet."""

    __slots__ = ("jobs", "load", "read_ms", "told_ms", "work_s")

    def __init__(self, load: Load, now_ms: int) -> None:
        self.load = load
        self.told_ms = self.read_ms = now_ms
        self.work_s = 0.0
        self.jobs = 0

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time to tell."""
        past_ms = now_ms - self.told_ms
        return past_ms >= _MOST_MS or (self.jobs >= _JOBS and past_ms >= _LEAST_MS)

    def read(self, load: Load, now_ms: int) -> None:
        self.load, self.read_ms = load, now_ms


class Router:
    """Routes the jobs of one process. Threads may share it: at worst one counts a job less."""

    def __init__(
        self, ports: JobPorts, clock: Clock, limits: RouteLimits, lanes: LaneLimits = _LANES
    ) -> None:
        self._loads = ports.loads
        self._has_heavy = ports.heavy is not None
        self._clock = clock
        self._limits = limits
        self._lanes = lanes
        self._own: dict[str, _Own] = {}
        self._endpoint = Load(ENDPOINT)
        self._looked_ms = 0

    def route(self, spec: ModelSpec, asked: Asked) -> Route:
        """The lane of a new job, which counts from now on. Nothing is raised."""
        found = self.by_itself(spec, asked)
        return self.by_load(spec, asked) if found.reason == Reason.COST else found

    def by_itself(self, spec: ModelSpec, asked: Asked) -> Route:
        """The lane by manifest, size and time alone; COST where the load has a say, too."""
        ms = asked.ms or expected_ms(spec.profile, asked.size or 0)
        lanes, has_heavy = self._lanes, self._has_heavy
        lane = lane_of(spec, asked.size, has_heavy=has_heavy, expected_ms=ms, limits=lanes)
        if spec.lane != AUTO or not has_heavy:
            return Route(lane)
        if lane == HEAVY:
            return Route(lane, Reason.TIME if ms > lanes.sync_ms else Reason.SIZE)
        return Route(lane, Reason.COST if asked.rows else Reason.PARTS)

    def by_load(self, spec: ModelSpec, asked: Asked) -> Route:
        """The lane of a job whose size and time are no matter: the light one where nobody knows.

        It counts from now on.
        """
        if spec.lane != AUTO or not self._has_heavy:
            return Route(LIGHT)
        ms = asked.ms or expected_ms(spec.profile, asked.size or 0)
        if not ms or self._loads is None:
            return Route(LIGHT, Reason.COST if ms else Reason.UNMEASURED)
        now_ms = self._now_ms()
        own = self._known(self._loads, spec.name, now_ms)
        own.work_s += light_s(spec.profile, ms, own.load, self._limits) * asked.rows
        own.jobs += 1
        if own.is_due(now_ms):
            self._say(self._loads, own, now_ms)
        return self._decided(self._loads, own, asked.job_id, now_ms)

    def _decided(self, loads: LoadTable, own: _Own, job_id: str, now_ms: int) -> Route:
        if now_ms - own.read_ms > _STALE_MS:
            own.load = Load(own.load.name)
        awake = self._awake(loads, own.load, now_ms)
        decided = route(own.load, job_id, now_ms, awake=awake, limits=self._limits)
        if decided.reason == Reason.WAKING and self._wakes(loads, own, now_ms):
            return Route(HEAVY, Reason.WAKES)
        return decided

    def _known(self, loads: LoadTable, model: str, now_ms: int) -> _Own:
        """What this process knows of a model; read when it is first asked."""
        own = self._own.get(model)
        if own is None:
            own = self._own[model] = _Own(Load(model), now_ms)
            try:
                own.load = loads.get(model)
            except SamovarError:
                own.read_ms = 0
        return own

    def _say(self, loads: LoadTable, own: _Own, now_ms: int) -> None:
        """Add what this process has seen to the model's item, again where another was faster.

        What is not said now is said the next time. A write that is sent twice by the client
        below may count twice: that is a few jobs of very many.
        """
        own.told_ms = now_ms
        for _ in range(2):
            more = grown(own.load, own.work_s, own.jobs, now_ms, self._limits)
            said = self._put(loads, own, more, now_ms)
            if said:
                own.work_s, own.jobs = 0.0, 0
            if said is not False:
                return

    def _put(self, loads: LoadTable, own: _Own, load: Load, now_ms: int) -> bool | None:
        """Whether the load was written; False where another was faster, whose load is known
        now; None where the table could not be reached.
        """
        try:
            there = loads.put(load)
        except SamovarError:
            return None
        own.read(there or load, now_ms)
        return there is None

    def _awake(self, loads: LoadTable, load: Load, now_ms: int) -> bool:
        """Whether the endpoint answers; asked only where that makes a difference."""
        limits = self._limits
        if wanted(load, now_ms, awake=True, limits=limits) is None:
            return False
        if now_ms - self._looked_ms >= _MOST_MS:
            self._looked_ms = now_ms
            try:
                self._endpoint = loads.get(ENDPOINT)
            except SamovarError:
                return is_awake(self._endpoint, now_ms, limits)
        return is_awake(self._endpoint, now_ms, limits)

    def _wakes(self, loads: LoadTable, own: _Own, now_ms: int) -> bool:
        """Whether this job is the one that wakes the endpoint: of all processes, one gets it."""
        if is_woken(own.load, now_ms, self._limits):
            return False
        return self._put(loads, own, woken(own.load, self._endpoint, now_ms), now_ms) or False

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
