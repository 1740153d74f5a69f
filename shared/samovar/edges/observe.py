"""One structured line a request, with its metrics in it; no bodies, no secrets.

The line is CloudWatch's embedded metric format: the log is the metric, at no call and no
wait. Keys are those of Powertools' logger, so that its queries read these lines too.
"""

from __future__ import annotations  # of ports, which cost a start and do nothing

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from samovar.edges.cache_line import cache_fields, with_cache
from samovar.edges.init_report import InitReport
from samovar.settings import Settings
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.jobs import Job
    from samovar.ports import Clock

_LEVELS = {"DEBUG": 0, "INFO": 1, "WARNING": 2, "ERROR": 3}
_METRICS = {
    "Namespace": "samovar",
    "Dimensions": [["function"], ["function", "model"]],
    "Metrics": [
        {"Name": "requests", "Unit": "Count"},
        {"Name": "faults", "Unit": "Count"},
        {"Name": "duration_ms", "Unit": "Milliseconds"},
    ],
}
_ASKED_FOR = "not_kept"  # whose 504 is what the client wanted to know: no fault of ours
_WRITTEN = [orjson.Fragment(orjson.dumps([each])) for each in (_METRICS, with_cache(_METRICS))]
_ROUTED = {
    "Namespace": "samovar",
    "Dimensions": [["model", "lane_reason"]],
    "Metrics": [{"Name": "routed_jobs", "Unit": "Count"}],
}


@dataclass(slots=True)
class Exchange:
    """What is worth telling of one request and its answer, filled in as it becomes known."""

    door: str
    request_id: str
    function_request_id: str = ""
    action: str = ""
    model: str = ""
    version: str = ""
    status: int = 200
    code: str = ""
    bytes_in: int = 0
    bytes_out: int = 0
    items: int = 0  # of a batch: messages, objects, jobs
    kept: int = 0  # of those, to come again
    cache: str = ""  # where an answer came from, of a model whose answers are kept


class Observer:
    """Writes the line of each request to standard output, where Lambda reads it."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        stream: TextIO | None = None,
        init: InitReport | None = None,
        trace: Callable[[], str] = str,
    ) -> None:
        self._function = settings.function
        self._level = _LEVELS[settings.log_level]
        self._clock = clock
        self._stream = stream
        self._init = init
        self._trace = trace  # the id of the trace that an invocation is a part of, "" for none
        self._cold = True

    def start(self) -> int:
        """A moment to measure from, in nanoseconds."""
        return self._clock.perf_ns()

    def finish(self, start_ns: int, exchange: Exchange) -> None:
        """The request is answered."""
        failed = exchange.status >= 500 and exchange.code != _ASKED_FOR
        level = "ERROR" if failed else "INFO"
        cold, self._cold = self._cold, False
        if _LEVELS[level] < self._level:
            return
        now_ms, trace = self._clock.now_ns() // 1_000_000, self._trace()
        self._write(
            {
                "level": level,
                "message": "request",
                "timestamp": now_ms,
                "service": "samovar",
                "function": self._function,
                "cold_start": cold,
                "door": exchange.door,
                "request_id": exchange.request_id,
                "function_request_id": exchange.function_request_id,
                "action": exchange.action,
                "model": exchange.model or "none",
                "version": exchange.version,
                "status": exchange.status,
                "code": exchange.code,
                "bytes_in": exchange.bytes_in,
                "bytes_out": exchange.bytes_out,
                **(_batch(exchange) if exchange.items else {}),
                **(cache_fields(exchange.cache) if exchange.cache else {}),
                **({"xray_trace_id": trace} if trace else {}),
                "requests": 1,
                "faults": int(failed),
                "duration_ms": (self._clock.perf_ns() - start_ns) / 1e6,
                "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": _WRITTEN[bool(exchange.cache)]},
            }
        )
        if cold and self._init is not None and self._level <= _LEVELS["INFO"]:
            self._init.answered(start_ns)
            self._write(self._init.record(self._function, now_ms))

    def routed(self, job: Job) -> None:
        """A new job of a model that leaves its lane to the load: where it went, and why."""
        if self._level > _LEVELS["INFO"]:
            return
        now_ms = self._clock.now_ns() // 1_000_000
        self._write(
            {
                "level": "INFO",
                "message": "job routed",
                "timestamp": now_ms,
                "service": "samovar",
                "function": self._function,
                "job": job.id,
                "model": job.model,
                "lane": job.lane,
                "lane_reason": job.lane_reason,
                "routed_jobs": 1,
                "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [_ROUTED]},
            }
        )

    def fault(self, request_id: str, error: BaseException) -> None:
        """Something that should not happen: the traceback, for the log alone.

        Only where it happened and its type: a message might quote a payload.
        """
        import traceback  # which a start does not wait for

        frames = traceback.extract_tb(error.__traceback__)
        self._write(
            {
                "level": "ERROR",
                "message": "internal error",
                "timestamp": self._clock.now_ns() // 1_000_000,
                "service": "samovar",
                "function": self._function,
                "request_id": request_id,
                "exception_name": type(error).__name__,
                "stack_trace": [f"{f.filename}:{f.lineno} {f.name}" for f in frames],
            }
        )

    def refuse(self, request_id: str, message: str, **facts: str) -> None:
        """Something that came in is not what it should be, and nobody is there to be told."""
        self._write(
            {
                "level": "WARNING",
                "message": message,
                "timestamp": self._clock.now_ns() // 1_000_000,
                "service": "samovar",
                "function": self._function,
                "request_id": request_id,
                **facts,
            }
        )

    def _write(self, record: dict[str, Any]) -> None:
        stream = self._stream or sys.stdout
        stream.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE).decode())
        stream.flush()


def _batch(exchange: Exchange) -> dict[str, int]:
    """The counts of a batch, which a door that takes one thing at a time has none of."""
    return {"items": exchange.items, "kept": exchange.kept}
