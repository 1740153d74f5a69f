"""What a deployment costs in a month in which nobody calls: US dollars by part. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from samovar_cli.deploying.parts import FUNCTION_TYPES, Part, of_type
from samovar_cli.simulate.prices import Prices

MONTH_S = 730 * 3600.0
_POLLS_A_SECOND = 5 / 20  # five pollers, each a long poll of 20 s, while a queue is empty
_SWEEP_S = 0.05  # of a function that the clock starts and that finds nothing to do
_SWEEP_READS = 6  # its queries, of half a kilobyte at most
_GB = 1e9
_LEAST_MEMORY_MB = 128.0
_TRACKING = "TargetTrackingScaling"
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that lie in the models bucket, and in the one for what is deployed."""

    models_bytes: int = 0
    code_bytes: int = 0


def idle_bill(
    found: Sequence[Part], stored: Stored, architecture: str, prices: Prices
) -> Mapping[str, float]:
    """Part → US dollars a month; parts that cost nothing are left out."""
    queues = len(of_type(found, "AWS::Lambda::EventSourceMapping"))
    alarms = len(of_type(found, "AWS::CloudWatch::Alarm")) + _scaling_alarms(found)
    secrets = len(of_type(found, "AWS::SecretsManager::Secret"))
    polls = _POLLS_A_SECOND * MONTH_S
    bill = {
        f"queues that Lambda asks ({queues})": queues * polls * prices["sqs.call"],
        "functions by the clock": _by_the_clock(found, prices),
        f"alarms ({alarms})": alarms * prices["alarms.month"],
        f"secrets ({secrets})": secrets * prices["secrets.month"],
        "models in the bucket": stored.models_bytes / _GB * prices["s3.gb_month"],
        "deployed code": stored.code_bytes / _GB * prices["s3.gb_month"],
        "environments kept ready": _provisioned(found, architecture, prices),
    }  # fmt: skip
    return {name: dollars for name, dollars in bill.items() if dollars}


def _scaling_alarms(found: Sequence[Part]) -> int:
    """Two that target tracking makes for itself; a step policy's own are in the template."""
    policies = of_type(found, "AWS::ApplicationAutoScaling::ScalingPolicy")
    tracking = [each for each in policies if each.properties["PolicyType"] == _TRACKING]
    return 2 * len(tracking)


def _by_the_clock(found: Sequence[Part], prices: Prices) -> float:
    rules = of_type(found, "AWS::Events::Rule", "AWS::Scheduler::Schedule")
    runs = sum(_runs(str(each.properties.get("ScheduleExpression", ""))) for each in rules)
    run = 0.5 * _SWEEP_S * prices["lambda.gb_second_x86_64"] + prices["lambda.request"]
    return runs * (run + _SWEEP_READS * prices["dynamodb.read"])


def _runs(expression: str) -> float:
    said = _RATE.fullmatch(expression)
    return MONTH_S / (int(said[1]) * _SECONDS[said[2]]) if said else 0.0


def _provisioned(found: Sequence[Part], architecture: str, prices: Prices) -> float:
    """Of functions whose environments are kept ready (provisioned concurrency)."""
    memory_mb = {
        part.path[-1]: float(part.properties.get("MemorySize") or _LEAST_MEMORY_MB)
        for part in of_type(found, *FUNCTION_TYPES)
    }
    gb = sum(
        _kept(part) * memory_mb.get(_function(part), _LEAST_MEMORY_MB) / 1024
        for part in of_type(found, *FUNCTION_TYPES, "AWS::Lambda::Alias")
    )
    return gb * MONTH_S * prices[f"lambda.provisioned_gb_second_{architecture}"]


def _kept(part: Part) -> float:
    said = part.properties.get("ProvisionedConcurrencyConfig") or {}
    return float(said.get("ProvisionedConcurrentExecutions") or 0)


def _function(part: Part) -> str:
    """The logical id of the function that a function or an alias of it is."""
    return part.path[-1] if part.type in FUNCTION_TYPES else str(part.properties["FunctionName"])
