"""Jobs' ends told to whom they are owed, at least once. Sees ports only.

Whoever ends a job asks for the delivery by a message. A message that is lost costs time and
no event: the job's item says what it owes, and a sweep asks again.
"""

from collections.abc import Callable, Mapping, Sequence

from samovar.errors import SamovarError
from samovar.job_events import Answer, due_sinks, event_of, noted, owes, tried
from samovar.job_log import Told
from samovar.jobs import Delivery, Job
from samovar.ports import Clock, Hands, JobPorts, Sink

MAX_DELAY_S = 900
"""A try later than this is asked for by the sweep: no message waits so long."""
_EARLY_MS = 5_000  # that clocks may differ by
_TRIES = 4
_NOBODY = Answer(
    0, error="not_found", why="this deployment tells it nothing any more", hopeless=True
)


def announce(job: Job, ports: JobPorts) -> None:
    """Ask for the delivery of what an ended job owes; of a job that owes nothing, do nothing.

    Raises nothing: where it cannot be asked now, a sweep asks.
    """
    if ports.events is None or not owes(job):
        return
    try:
        ports.events.send([job.id])
    except SamovarError:
        return


GivenUp = Callable[[str, Told], None]
"""Told of a job's id and the last try at a sink that will not be told."""


def _unheard(_job_id: str, _told: Told) -> None:
    """Nobody wants to know; the job's own log does."""


class Deliverer:
    """Tells the sinks. `run` gives back the deliveries that the queue must keep."""

    def __init__(
        self,
        ports: JobPorts,
        sinks: Mapping[str, Sink],
        clock: Clock,
        hands: Hands,
        given_up: GivenUp = _unheard,
        reserve_ms: int = 25_000,  # what a slow receiver may take, and a sink that is away
    ) -> None:
        self._ports = ports
        self._table = ports.table
        self._sinks = sinks
        self._clock = clock
        self._hands = hands
        self._given_up = given_up
        self._reserve_ms = reserve_ms

    def run(
        self, deliveries: Sequence[Delivery], time_left_ms: Callable[[], int]
    ) -> list[Delivery]:
        """Tell what there is time for; the rest must come again. Raises nothing.

        One slow receiver keeps nobody else waiting where hands are several.
        """
        once = {delivery.job_id: delivery for delivery in deliveries}

        def handle(delivery: Delivery) -> bool:
            return time_left_ms() > self._reserve_ms and self._done(delivery.job_id)

        done = self._hands.each(handle, list(once.values()))
        return [each for each, is_done in zip(once.values(), done, strict=True) if not is_done]

    def _done(self, job_id: str) -> bool:
        """Whether the message has no more to say: its job owes nothing now, or it is noted."""
        try:
            job = self._table.get(job_id)
            if job is None or not owes(job):
                return True
            tries = self._tell(job)
            return not tries or self._note(job, tries)
        except SamovarError:
            return False

    def _tell(self, job: Job) -> list[Told]:
        """One try at each sink whose time has come."""
        event = event_of(job)
        tries = []
        for name in due_sinks(job, self._now_ms() + _EARLY_MS):
            try:
                sink = self._sinks.get(name)
                answer = sink.tell(event) if sink else _NOBODY
            except SamovarError as error:
                answer = Answer(
                    0, error=error.code, why=error.message, hopeless=not error.retryable
                )
            tries.append(tried(job, event, name, answer, self._now_ms()))
        return tries

    def _note(self, job: Job, tries: Sequence[Told]) -> bool:
        """Write the tries down, over whatever another message of this job wrote meanwhile.

        False where that failed: the sinks are told again, of the same event.
        """
        event_id = event_of(job).id
        for _ in range(_TRIES):
            moved = noted(job, tries)
            if self._table.replace(moved):
                self._again(moved)
                for told in tries:
                    if told.error and not told.again_ms:
                        self._given_up(job.id, told)
                return True
            found = self._table.get(job.id)
            if found is None or not owes(found) or event_of(found).id != event_id:
                return True
            job = found
        return False

    def _again(self, job: Job) -> None:
        """Ask for the next try, where it is soon."""
        wait_s = max(0, -(-(job.due_ms - self._now_ms()) // 1000))
        if owes(job) and wait_s <= MAX_DELAY_S and self._ports.events:
            try:
                self._ports.events.send([job.id], wait_s)
            except SamovarError:
                return

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
