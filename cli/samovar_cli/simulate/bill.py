"""What a lane's run costs, part by part. Pure; US dollars.

Prices are of `Prices`; how many calls of each service a request makes is of this file, and is
what docs/jobs.md promises and tests of the lanes hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import Prices

MONTH_S = 730 * 3600.0
ARCHITECTURES = ("x86_64", "arm64")
_GB = 1e9
_LAMBDA_GB = 1024  # MB
_LOG_BYTES = 900  # our line of a request, and Lambda's own report of it
_JOB_WRITES, _JOB_READS = 3, 2  # created, claimed, ended; read by its worker and by its client
_SUBMIT_S = 0.012  # of a function, to take a job and to tell of its end
_POLLS_A_SECOND = 5 / 20  # five pollers, each a long poll of 20 s, while a queue is empty
_INLINE_BYTES = 8 * 1024  # over which an input lies in S3
_HEAVY_ALARMS = 9
_SERVERLESS_GB = 6  # of a serverless endpoint at most


@dataclass(frozen=True, slots=True)
class Load:
    """What a request weighs, and the function that it meets."""

    memory_mb: int = 1769
    architecture: str = "x86_64"
    request_bytes: int = 1000
    answer_bytes: int = 500
    instance: str = "ml.g4dn.xlarge"

    @property
    def memory_gb(self) -> float:
        """The function's memory as it is billed."""
        return self.memory_mb / _LAMBDA_GB


Bill = Mapping[str, float]
"""Part → US dollars, for the whole of a trace."""


def function_bill(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    """The synchronous door."""
    return {
        "Lambda, running": _running(load, outcome.run_s, prices),
        "Lambda, INIT": _running(load, outcome.init_s, prices),
        "Lambda, requests": outcome.batches * prices["lambda.request"],
        **_provisioned(load, outcome, prices),
        **_door(load, outcome.requests, prices),
    }


def queue_bill(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    """Jobs on the light lane: the door that takes them, the queue, the table, the workers."""
    return {
        "Lambda, running": _running(load, outcome.run_s, prices),
        "Lambda, INIT": _running(load, outcome.init_s, prices),
        "Lambda, requests": outcome.batches * prices["lambda.request"],
        **_provisioned(load, outcome, prices),
        **_jobs(load, outcome, prices),
        **_door(load, 2 * outcome.requests, prices),  # one sends it, one asks for its result
    }


def endpoint_bill(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    """Jobs on the heavy lane: what the light one costs to take them, and the instances."""
    months = outcome.seconds / MONTH_S
    return {
        **_instances(load, outcome, prices),
        "SNS notices": outcome.requests * prices["sns.notice"],
        "alarms": _HEAVY_ALARMS * months * prices["alarms.month"],
        **_jobs(load, outcome, prices, objects=2),
        **_door(load, 2 * outcome.requests, prices),
    }


def instance_bill(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    """Instances that never sleep, behind a door that costs what ours does."""
    return {
        **_instances(load, outcome, prices),
        **_sagemaker_data(load, outcome, prices),
        **_door(load, outcome.requests, prices),
    }


def serverless_bill(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    """SageMaker Serverless Inference, behind a door that costs what ours does."""
    gb = serverless_mb(load) / _LAMBDA_GB
    return {
        "Serverless, running": outcome.run_s * gb * prices["sagemaker.serverless_gb_second"],
        **_sagemaker_data(load, outcome, prices),
        **_door(load, outcome.requests, prices),
    }


def serverless_mb(load: Load) -> int:
    """The memory of a serverless endpoint, MB: the next whole GB, of 1 to 6."""
    return min(max(ceil(load.memory_mb / _LAMBDA_GB), 1), _SERVERLESS_GB) * _LAMBDA_GB


def total(bill: Bill) -> float:
    """All parts."""
    return sum(bill.values())


def _running(load: Load, seconds: float, prices: Prices) -> float:
    return seconds * load.memory_gb * prices[f"lambda.gb_second_{load.architecture}"]


def _provisioned(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    if not outcome.ready_s:
        return {}
    held, ran = outcome.ready_s * load.memory_gb, outcome.ready_run_s * load.memory_gb
    kind = f"gb_second_{load.architecture}"
    return {
        "Lambda, provisioned": held * prices[f"lambda.provisioned_{kind}"]
        + ran * prices[f"lambda.provisioned_run_{kind}"]
    }


def _instances(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    second = prices[f"instances.{load.instance}"] / 3600
    return {
        "instances, running": outcome.busy_s * second,
        "instances, idle": max(outcome.instance_s - outcome.busy_s, 0.0) * second,
    }


def _sagemaker_data(load: Load, outcome: Outcome, prices: Prices) -> Bill:
    moved = outcome.requests * (load.request_bytes + load.answer_bytes)
    return {"SageMaker, data": moved / _GB * prices["sagemaker.data_gb"]}


def _door(load: Load, calls: int, prices: Prices) -> Bill:
    """Gateway, logs and what leaves AWS."""
    unit = prices["api_gateway.unit_bytes"]
    units = max(1, ceil(load.request_bytes / unit)) + max(0, ceil(load.answer_bytes / unit) - 1)
    return {
        "API Gateway": calls * units * prices["api_gateway.request"],
        "logs": calls * _LOG_BYTES / _GB * prices["logs.gb"],
        "egress": calls * load.answer_bytes / _GB * prices["egress.gb"],
    }


def _jobs(load: Load, outcome: Outcome, prices: Prices, *, objects: int = 0) -> Bill:
    """What a job costs beside its run: taking it, the queue, the table, objects."""
    jobs = outcome.requests
    calls = jobs + 2 * outcome.batches + _POLLS_A_SECOND * outcome.seconds
    put = objects + (load.request_bytes > _INLINE_BYTES)
    return {
        "Lambda, taking jobs": _running(load, 2 * jobs * _SUBMIT_S, prices)
        + 2 * jobs * prices["lambda.request"],
        "SQS": calls * prices["sqs.call"],
        "DynamoDB": jobs
        * (_JOB_WRITES * prices["dynamodb.write"] + _JOB_READS * prices["dynamodb.read"]),
        "S3": jobs * put * (prices["s3.put"] + prices["s3.get"]),
    }
