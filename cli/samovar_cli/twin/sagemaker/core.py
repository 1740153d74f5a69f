"""What an asynchronous endpoint decides, without doing it: time and events in, orders out.

Calls wait in one queue. Instances take as many at once as they may. Whoever drives this starts
processes, fetches and writes objects, and tells what came of it.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from samovar_cli.twin.sagemaker.config import Scaling
from samovar_cli.twin.sagemaker.orders import Give, Launch, Order, Retire, Run
from samovar_cli.twin.sagemaker.request import AsyncCall

_ATTEMPTS = 3  # of a call whose instances die over it


@dataclass(slots=True)
class _Ticket:
    """A call on its way; calls of one InferenceId are two."""

    number: int
    call: AsyncCall
    attempts: int = 0
    began_s: float = 0.0


@dataclass(slots=True)
class _Instance:
    ready: bool = False
    outdated: bool = False  # it finishes what it has, and is taken away
    running: dict[int, _Ticket] = field(default_factory=dict)


class Endpoint:
    """The queue, the instances and the policies of one endpoint. Not safe for threads."""

    def __init__(self, concurrent: int, scaling: Scaling) -> None:
        self._concurrent = concurrent
        self._scaling = scaling
        self._waiting: deque[_Ticket] = deque()
        self._instances: dict[int, _Instance] = {}
        self._numbers = 0
        self._unserved_since_s: float | None = None  # HasBacklogWithoutCapacity is 1 since then
        self._needed_s = 0.0  # when as many instances as there are were last wanted

    @property
    def backlog(self) -> int:
        """ApproximateBacklogSize: calls that wait or are being run."""
        return len(self.calls)

    @property
    def instances(self) -> int:
        """Those that there are, starting ones too."""
        return len(self._instances)

    @property
    def ready(self) -> int:
        """Instances that take calls."""
        return sum(each.ready for each in self._instances.values())

    @property
    def _current(self) -> list[int]:
        return [number for number, each in self._instances.items() if not each.outdated]

    @property
    def calls(self) -> list[AsyncCall]:
        """Those that wait or are being run, in the order in which they would be run now."""
        running = (each.running.values() for each in self._instances.values())
        return [ticket.call for ticket in (*chain(*running), *self._waiting)]

    def accept(self, call: AsyncCall) -> None:
        """Queue a call."""
        self._numbers += 1
        self._waiting.append(_Ticket(self._numbers, call))

    def became_ready(self, instance: int) -> None:
        """/ping of an instance is 200."""
        if instance in self._instances:
            self._instances[instance].ready = True

    def ended(self, instance: int, ticket: int) -> bool:
        """A call has an answer; False where it was given up before, or taken back."""
        found = self._instances.get(instance)
        return found is not None and found.running.pop(ticket, None) is not None

    def outdate(self) -> None:
        """Models or code have changed: instances of now are replaced, as calls need others."""
        for instance in self._instances.values():
            instance.outdated = True

    def dropped(self, instance: int, ticket: int) -> list[Order]:
        """An instance that lives has hung up on a call. It is tried again."""
        found = self._instances.get(instance)
        call = found.running.pop(ticket, None) if found else None
        return self._again([call] if call else [])

    def died(self, instance: int) -> list[Order]:
        """An instance is gone. Its calls are tried again, before all others."""
        gone = self._instances.pop(instance, None)
        return self._again(list(gone.running.values()) if gone else [])

    def _again(self, tickets: list[_Ticket]) -> list[Order]:
        orders: list[Order] = []
        for ticket in reversed(tickets):
            if ticket.attempts < _ATTEMPTS:
                self._waiting.appendleft(ticket)
            else:
                reason = "InternalServerError: the instance ended while it ran the request."
                orders.append(Give(ticket.number, ticket.call, reason))
        return orders

    def tick(self, now_s: float) -> list[Order]:
        """What is to be done now."""
        return [
            *self._expired(now_s),
            *self._overdue(now_s),
            *self._replaced(),
            *self._dispatched(now_s),
            *self._woken(now_s),
            *self._scaled(now_s),
        ]

    def _expired(self, now_s: float) -> Iterator[Order]:
        late = [each for each in self._waiting if now_s >= each.call.received_s + each.call.ttl_s]
        for ticket in late:
            self._waiting.remove(ticket)
            limit = f"RequestTTLSeconds ({ticket.call.ttl_s})"
            reason = f"ClientError: the request expired: it was in the queue longer than {limit}."
            yield Give(ticket.number, ticket.call, reason)

    def _overdue(self, now_s: float) -> Iterator[Order]:
        for instance in self._instances.values():
            running = instance.running
            late = [t for t in running.values() if now_s >= t.began_s + t.call.timeout_s]
            for ticket in late:
                del running[ticket.number]
                limit = f"InvocationTimeoutSeconds ({ticket.call.timeout_s})"
                reason = f"ClientError: the container did not answer within {limit}."
                yield Give(ticket.number, ticket.call, reason)

    def _replaced(self) -> Iterator[Order]:
        """Instances that are outdated and have nothing left to do."""
        left = self._instances.items()
        for number in [number for number, each in left if each.outdated and not each.running]:
            del self._instances[number]
            yield Retire(number)

    def _dispatched(self, now_s: float) -> Iterator[Order]:
        while self._waiting:
            free = [
                (len(each.running), number)
                for number, each in self._instances.items()
                if each.ready and not each.outdated and len(each.running) < self._concurrent
            ]
            if not free:
                return
            number = min(free)[1]
            ticket = self._waiting.popleft()
            ticket.attempts += 1
            ticket.began_s = now_s
            self._instances[number].running[ticket.number] = ticket
            yield Run(number, ticket.number, ticket.call)

    def _woken(self, now_s: float) -> Iterator[Order]:
        """The step policy on HasBacklogWithoutCapacity: from none to one."""
        if self._current or not self._waiting:
            self._unserved_since_s = None
            return
        if self._unserved_since_s is None:
            self._unserved_since_s = now_s
        if now_s - self._unserved_since_s >= self._scaling.wake_s:
            self._unserved_since_s = None
            yield self._launch(now_s)

    def _scaled(self, now_s: float) -> Iterator[Order]:
        """Target tracking on ApproximateBacklogSizePerInstance: more of them, or fewer."""
        current = self._current
        if not current:
            return
        wanted = min(
            self._scaling.most, math.ceil(self.backlog / self._scaling.backlog_per_instance)
        )
        if wanted >= len(current):
            self._needed_s = now_s
        for _ in range(wanted - len(current)):
            yield self._launch(now_s)
        if now_s - self._needed_s >= self._scaling.idle_s:
            idle = [number for number in current if not self._instances[number].running]
            for number in idle[: len(current) - wanted]:
                del self._instances[number]
                yield Retire(number)

    def _launch(self, now_s: float) -> Launch:
        self._numbers += 1
        self._instances[self._numbers] = _Instance()
        self._needed_s = now_s
        return Launch(self._numbers)
