"""What parts of a bill come to. Pure; US dollars.

Prices are of `Prices`. How many calls of each service a request makes stands here: it is what
docs/jobs.md promises, what adapters/dynamodb.py counts, and what template.yaml and its stacks
set up. A part that several things make is added up by `added`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, exp

from samovar_cli.simulate.outcome import Usage
from samovar_cli.simulate.prices import Prices

MONTH_S = 730 * 3600.0
LAMBDA_GB = 1024  # MB
_GB = 1e9
_KB = 1024
_LINE_BYTES = 1300  # our line of an invocation and Lambda's own two, as CloudWatch counts them
_ACCESS_BYTES = 270  # the gateway's line of a call
_SAMPLED = 0.05  # of invocations that are traced, after the first one of each second
_METRICS = 6  # of a function: three, by function and by function and model
_ITEM_BYTES = 600  # of a job's item, without its input
_WRITES, _INDEXES = 3, 2  # created, claimed, ended; each write moves keys of both indexes
_READ_BYTES = 4 * _KB  # of one read unit; a job is read by its worker and for its client
_INLINE_BYTES = 8 * _KB  # over which an input lies in S3
_ITEM_DAYS, _INPUT_DAYS, _RESULT_DAYS, _MONTH_DAYS = 7, 14, 30, 365 / 12
_TAKE_MB, _TAKE_S = 1024, 0.012  # of http_api, to take a job and to give its result
_ACCEPTED_BYTES = 400  # of the answer to a job that was taken
_POLLS_A_SECOND = 5 / 20  # five pollers, each a long poll of 20 s, while a queue is empty

Bill = Mapping[str, float]
"""Part → US dollars, for the whole of a trace."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a request weighs, and the machines that it meets."""

    memory_mb: int = 1769
    architecture: str = "x86_64"
    request_bytes: int = 1000  # on average
    answer_bytes: int = 500
    instance: str = "ml.g4dn.xlarge"
    sizes: tuple[tuple[int, float], ...] = ()  # of requests, and each one's share; () for one size

    @property
    def memory_gb(self) -> float:
        """The function's memory as it is billed."""
        return self.memory_mb / LAMBDA_GB

    def expected(self, of: Callable[[int], float]) -> float:
        """The average over requests of what depends on a request's bytes."""
        return sum(of(size) * share for size, share in self.sizes or ((self.request_bytes, 1.0),))


def added(*bills: Bill) -> Bill:
    """One bill of several, equal parts together, what costs nothing left out."""
    whole: defaultdict[str, float] = defaultdict(float)
    for bill in bills:
        for part, amount in bill.items():
            if amount:
                whole[part] += amount
    return whole


def worked(load: Load, usage: Usage, prices: Prices) -> Bill:
    """The time of the model's function: runs, cold starts, provisioned environments."""
    gb, kind = load.memory_gb, f"gb_second_{load.architecture}"
    second = gb * prices[f"lambda.{kind}"]
    ready: dict[str, float] = {}
    if usage.ready_s:
        ready = {
            "Lambda, provisioned": usage.ready_s * gb * prices[f"lambda.provisioned_{kind}"],
            "Lambda, running": usage.ready_run_s * gb * prices[f"lambda.provisioned_run_{kind}"],
        }
    return added(
        {"Lambda, running": usage.run_s * second, "Lambda, INIT": usage.init_s * second}, ready
    )


def invoked(count: float, usage: Usage, prices: Prices) -> Bill:
    """So many invocations of one function beside their time: requests, logs, traces, metrics."""
    traced = 1 - exp(-count / usage.seconds)  # of seconds, those with a first invocation
    hours = 1 - exp(-count / usage.seconds * 3600)  # those in which it counted anything
    months = usage.seconds / MONTH_S
    traces = _SAMPLED * count + (1 - _SAMPLED) * traced * usage.seconds
    return {
        "Lambda, requests": count * prices["lambda.request"],
        "logs": count * _LINE_BYTES / _GB * prices["logs.gb"],
        "traces": min(traces, count) * prices["xray.trace"],
        "metrics": _METRICS * hours * months * prices["metrics.month"],
    }


def small(seconds: float, memory_mb: float, load: Load, prices: Prices) -> float:
    """Time of a function that runs no model."""
    return seconds * memory_mb / LAMBDA_GB * prices[f"lambda.gb_second_{load.architecture}"]


def gateway(load: Load, usage: Usage, prices: Prices, *, calls: int = 1) -> Bill:
    """The door of a request: one call that brings it and its answer, or one for each."""
    unit = prices["api_gateway.unit_bytes"]
    units = load.expected(lambda size: max(1, ceil(size / unit)))
    units += max(0, ceil(load.answer_bytes / unit) - 1) + (calls - 1)
    left = load.answer_bytes + (calls - 1) * _ACCEPTED_BYTES
    return {
        "API Gateway": usage.requests * units * prices["api_gateway.request"],
        "logs": usage.requests * calls * _ACCESS_BYTES / _GB * prices["logs.gb"],
        "egress": usage.requests * left / _GB * prices["egress.gb"],
    }


def taken(load: Load, usage: Usage, prices: Prices) -> Bill:
    """What takes a job in and gives its result out: two calls of http_api."""
    calls = 2 * usage.requests
    time = small(calls * _TAKE_S, _TAKE_MB, load, prices)
    return added(
        {"Lambda, taking jobs": time},
        invoked(calls, usage, prices),
        gateway(load, usage, prices, calls=2),
    )


def queued(receives: float, usage: Usage, prices: Prices) -> Bill:
    """A queue: a message sent, received, deleted; and its pollers while it is empty."""
    calls = usage.requests + 2 * receives + _POLLS_A_SECOND * usage.seconds
    return {"SQS": calls * prices["sqs.call"]}


def kept(load: Load, usage: Usage, prices: Prices, *, as_objects: bool = False) -> Bill:
    """A job's item, its result and, where it is large or `as_objects`, its input."""

    def inline(size: int) -> int:
        return 0 if size > _INLINE_BYTES else size

    def item(size: int) -> float:
        return _ITEM_BYTES + inline(size)

    def writes_of(size: int) -> int:
        # A dispatcher makes the input an object and takes it out of the item: its end is small.
        last = _ITEM_BYTES if as_objects else item(size)
        return (_WRITES - 1) * ceil(item(size) / _KB) + ceil(last / _KB) + _WRITES * _INDEXES

    in_objects = load.expected(lambda size: as_objects or size > _INLINE_BYTES)
    writes = load.expected(writes_of)
    reads = load.expected(lambda size: 2 * ceil(item(size) / _READ_BYTES))
    stored = load.answer_bytes * _RESULT_DAYS + _INPUT_DAYS * load.expected(
        lambda size: size if as_objects or size > _INLINE_BYTES else 0
    )
    months = usage.requests / _GB / _MONTH_DAYS
    return {
        "DynamoDB": usage.requests
        * (writes * prices["dynamodb.write"] + reads * prices["dynamodb.read"]),
        "S3": usage.requests * (1 + in_objects) * (prices["s3.put"] + prices["s3.get"]),
        "storage": months
        * (
            stored * prices["s3.gb_month"]
            + _ITEM_DAYS * load.expected(item) * prices["dynamodb.gb_month"]
        ),
    }
