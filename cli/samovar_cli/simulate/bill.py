"""What a lane's run costs, part by part. Pure; US dollars."""

from math import ceil

from samovar_cli.simulate.charges import (
    LAMBDA_GB,
    MONTH_S,
    Bill,
    Load,
    added,
    gateway,
    invoked,
    kept,
    queued,
    small,
    taken,
    worked,
)
from samovar_cli.simulate.outcome import Usage
from samovar_cli.simulate.prices import Prices

__all__ = [
    "ARCHITECTURES",
    "MONTH_S",
    "Bill",
    "Load",
    "endpoint_bill",
    "function_bill",
    "instance_bill",
    "queue_bill",
    "serverless_bill",
    "serverless_mb",
    "total",
]
ARCHITECTURES = ("x86_64", "arm64")
_GB = 1e9
_ALARMS = 9  # of the heavy lane; two are target tracking's own
_SERVERLESS_GB = 6  # of a serverless endpoint at most
_CONTAINER_BYTES = 730  # our line of a request in a container's log
_DISPATCH_MB = 512  # of the functions on both sides of the endpoint
_DISPATCH_S, _RESULT_S = 0.05, 0.025  # of each job there
_DISPATCHERS, _DISPATCHED = 2, 10  # at once, and the jobs that one takes at most


def function_bill(load: Load, usage: Usage, prices: Prices) -> Bill:
    """The synchronous door."""
    return added(
        worked(load, usage, prices),
        invoked(usage.batches, usage, prices),
        gateway(load, usage, prices),
    )


def queue_bill(load: Load, usage: Usage, prices: Prices) -> Bill:
    """Jobs on the light lane: the door that takes them, the queue, the table, the workers."""
    return added(
        worked(load, usage, prices),
        invoked(usage.batches, usage, prices),
        taken(load, usage, prices),
        queued(usage.receives or usage.batches, usage, prices),
        kept(load, usage, prices),
    )


def endpoint_bill(load: Load, usage: Usage, prices: Prices) -> Bill:
    """Jobs on the heavy lane: what the light one costs to take them, and the instances."""
    jobs = usage.requests
    waiting = jobs / usage.seconds * _DISPATCH_S / _DISPATCHERS  # while a dispatcher is at work
    dispatches = jobs / min(max(waiting, 1), _DISPATCHED)
    time_s = jobs * (_DISPATCH_S + _RESULT_S)
    return added(
        _instances(load, usage, prices),
        {
            "Lambda, dispatching": small(time_s, _DISPATCH_MB, load, prices),
            "SNS notices": jobs * prices["sns.notice"],
            "alarms": _ALARMS * usage.seconds / MONTH_S * prices["alarms.month"],
        },
        invoked(dispatches, usage, prices),
        invoked(jobs, usage, prices),
        taken(load, usage, prices),
        queued(dispatches, usage, prices),
        kept(load, usage, prices, as_objects=True),
    )


def instance_bill(load: Load, usage: Usage, prices: Prices) -> Bill:
    """Instances that never sleep, behind a gateway as ours."""
    return added(_instances(load, usage, prices), _direct(load, usage, prices))


def serverless_bill(load: Load, usage: Usage, prices: Prices) -> Bill:
    """SageMaker Serverless Inference, behind a gateway as ours. Cold starts are not billed."""
    gb = serverless_mb(load) / LAMBDA_GB
    running = usage.run_s * gb * prices["sagemaker.serverless_gb_second"]
    return added({"Serverless, running": running}, _direct(load, usage, prices))


def serverless_mb(load: Load) -> int:
    """The memory of a serverless endpoint, MB: the next whole GB, of 1 to 6."""
    return min(max(ceil(load.memory_mb / LAMBDA_GB), 1), _SERVERLESS_GB) * LAMBDA_GB


def total(bill: Bill) -> float:
    """All parts."""
    return sum(bill.values())


def _instances(load: Load, usage: Usage, prices: Prices) -> Bill:
    second = prices[f"instances.{load.instance}"] / 3600
    busy_s = min(usage.busy_s, usage.instance_s)  # what runs on after the trace is not of it
    return {
        "instances, running": busy_s * second,
        "instances, idle": (usage.instance_s - busy_s) * second,
    }


def _direct(load: Load, usage: Usage, prices: Prices) -> Bill:
    """The way to an endpoint that answers at once, and its log."""
    moved = usage.requests * (load.expected(float) + load.answer_bytes)
    return added(
        gateway(load, usage, prices),
        {
            "SageMaker, data": moved / _GB * prices["sagemaker.data_gb"],
            "logs": usage.requests * _CONTAINER_BYTES / _GB * prices["logs.gb"],
        },
    )
