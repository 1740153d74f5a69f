"""Jobs from the inside: a worker's batch of messages, looked up, run together, ended."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

from samovar.batch_runs import BatchRunner
from samovar.errors import SamovarError
from samovar.job_attempts import Attempts, Begun, Held, RunLimits
from samovar.job_order import mean_ms, place, together
from samovar.jobs import Delivery
from samovar.ports import Clock, Hands, Item, JobPorts, ModelHost, Result
from samovar.route_signals import RouteSignals
from samovar.types import Payload

__all__ = ["Held", "JobRunner", "OneHand", "RunLimits"]


class OneHand:
    """One thing after the other, and nothing meanwhile: for tests, and where calls are quick."""

    def each(self, do: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """`do` of each item."""
        return [do(item) for item in items]

    def beating(self, beat: Callable[[], None], every_s: float) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """No beat: nothing here lasts so long."""
        return nullcontext()


_LIMITS = RunLimits()
_ONE_HAND = OneHand()


class Leases:
    """The jobs of a batch that runs, kept by it: the newest revision of each."""

    def __init__(self, held: Iterable[Held], renew: Callable[[Held], Held | None]) -> None:
        self._held = {each.job.id: each for each in held}
        self._lost: set[str] = set()
        self._renew = renew

    def beat(self) -> None:
        """Renew those that are still held."""
        for job_id in self._held.keys() - self._lost:
            renewed = self._renew(self._held[job_id])
            if renewed is None:
                self._lost.add(job_id)
            else:
                self._held[job_id] = renewed

    def of(self, held: Held) -> Held:
        """The job as it was last written here."""
        return self._held[held.job.id]


class JobRunner:
    """Runs deliveries. `run` gives back the deliveries that the queue must keep."""

    def __init__(
        self,
        ports: JobPorts,
        host: ModelHost,
        clock: Clock,
        limits: RunLimits = _LIMITS,
        hands: Hands = _ONE_HAND,
        batches: BatchRunner | None = None,  # None: this deployment has no files of rows
    ) -> None:
        self._batches = batches
        self._attempts = Attempts(ports, clock, limits)
        self._signals = RouteSignals(ports.loads, clock, limits.routes)
        self._host = host
        self._limits = limits
        self._hands = hands

    def run(
        self, deliveries: Sequence[Delivery], time_left_ms: Callable[[], int]
    ) -> list[Delivery]:
        """Run what there is time for. The deliveries that must come again, in any order.

        Jobs of one model go together, in batches; a message named twice in one batch is run
        once. Nothing is raised: what cannot be done is handed back.
        """
        kept: list[Delivery] = []
        turns: list[Held] = []
        ready = self._look_up(deliveries, kept, turns)
        for held in turns:
            kept += self._take_turn(held, time_left_ms)
        ready.sort(key=place)
        at = 0
        while at < len(ready):
            count = self._fitting(ready[at:], time_left_ms(), first=at == 0)
            if not count:
                for back in self._hands.each(self._attempts.hand_back, ready[at:]):
                    kept += back
                break
            kept += self._run_batch(ready[at : at + count], time_left_ms)
            at += count
        return kept

    def _take_turn(self, held: Held, time_left_ms: Callable[[], int]) -> list[Delivery]:
        """A batch's next step, in half of the time there is: the rest is for its parts."""
        if self._batches is None:
            return self._attempts.hand_back(held)
        after_ms = time_left_ms() // 2
        return self._batches.turn(held.job, held.delivery, lambda: time_left_ms() - after_ms)

    def _look_up(
        self, deliveries: Iterable[Delivery], kept: list[Delivery], turns: list[Held]
    ) -> list[Held]:
        """The deliveries whose jobs are to be run; those to come again are added to `kept`,
        those of batches to `turns`.
        """
        ready: list[Held] = []
        once = list({delivery.job_id: delivery for delivery in deliveries}.values())
        for delivery, job in zip(once, self._hands.each(self._attempts.look_up, once), strict=True):
            if job is None:
                continue  # forgotten: the message has no more to say
            if isinstance(job, SamovarError):
                kept.append(delivery)
            elif job.batch:
                turns.append(Held(job, delivery))
            elif job.state.final:
                kept += self._attempts.replied(job, delivery)
            elif self._attempts.is_late(job):
                self._attempts.expire(job)
            else:
                self._signals.came(job)
                ready.append(Held(job, delivery))
        return ready

    def _fitting(self, ready: Sequence[Held], left_ms: int, *, first: bool) -> int:
        """How many of the first jobs go together, and there is time for.

        By what a job of the model has taken in this process so far. The first of an
        invocation is always tried: it would not fit into the next one any better.
        """
        free_ms = left_ms - self._limits.reserve_ms
        if free_ms <= 0:
            return 0
        same, job = together(ready, self._limits.max_batch), ready[0].job
        each_ms = mean_ms(self._host.statistics().get((job.model, job.version)))
        return min(same, max(int(free_ms / each_ms), int(first))) if each_ms else same

    def _run_batch(self, batch: Sequence[Held], time_left_ms: Callable[[], int]) -> list[Delivery]:
        begun: list[Begun] = []
        kept: list[Delivery] = []
        for one in self._hands.each(self._attempts.begin, batch):
            if isinstance(one, Begun):
                begun.append(one)
            else:
                kept += one
        leases = Leases(
            (each.held for each in begun),
            lambda held: self._attempts.renew(held, self._hidden_s(time_left_ms())),
        )
        with self._hands.beating(leases.beat, self._limits.lease_ms / 3000):
            answers = self._answers(begun)
        ended = [(leases.of(held), answer) for held, answer in answers]
        for back in self._hands.each(lambda pair: self._attempts.end(*pair), ended):
            kept += back
        return kept

    def _hidden_s(self, left_ms: int) -> int:
        """How long a message is hidden from others: while it may be worked on, and a lease."""
        return (max(left_ms, 0) + self._limits.lease_ms) // 1000

    def _answers(self, begun: Sequence[Begun]) -> list[Begun]:
        """The answer, or the error, of each: of those whose input could be read, together."""
        loaded = [(held, found) for held, found in begun if isinstance(found, Payload)]
        answered = [each for each in begun if not isinstance(each.payload, Payload)]
        if not loaded:
            return answered
        job = loaded[0][0].job
        answers: Sequence[Payload | SamovarError]
        try:
            answers = self._host.predict_many(job.model, job.version, [p for _, p in loaded])
        except SamovarError as error:  # the model itself: every job of it has the same fate
            answers = [error] * len(loaded)
        return [*answered, *(Begun(held, a) for (held, _), a in zip(loaded, answers, strict=True))]
