"""What a deployment costs in a month in which nobody calls: US dollars by part. Pure."""

import re
from collections.abc import Mapping, Sequence

from samovar_cli.deploying.parts import FUNCTION_TYPES, Part, of_type
from samovar_cli.simulate.prices import Prices

MONTH_S = 730 * 3600.0
_POLLS_A_SECOND = 5 / 20  # five pollers, each a long poll of 20 s, while a queue is empty
_SWEEP_S = 0.05  # of a function that the clock starts and that finds nothing to do
_SWEEP_READS = 6  # its queries, of half a kilobyte at most
_GB = 1e9
_TRACKING = "TargetTrackingScaling"
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


def idle_bill(
    found: Sequence[Part], models_bytes: int, code_bytes: int, prices: Prices
) -> Mapping[str, float]:
    """Part → US dollars a month; parts that cost nothing are left out.

    `models_bytes` lie in the models bucket, `code_bytes` in the one for what is deployed.
    """
    queues = len(of_type(found, "AWS::Lambda::EventSourceMapping"))
    alarms = len(of_type(found, "AWS::CloudWatch::Alarm")) + _scaling_alarms(found)
    secrets = len(of_type(found, "AWS::SecretsManager::Secret"))
    polls = _POLLS_A_SECOND * MONTH_S
    bill = {
        f"queues that Lambda asks ({queues})": queues * polls * prices["sqs.call"],
        "functions by the clock": _by_the_clock(found, prices),
        f"alarms ({alarms})": alarms * prices["alarms.month"],
        f"secrets ({secrets})": secrets * prices["secrets.month"],
        "models in the bucket": models_bytes / _GB * prices["s3.gb_month"],
        "deployed code": code_bytes / _GB * prices["s3.gb_month"],
        "environments kept ready": _provisioned(found, prices),
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


def _provisioned(found: Sequence[Part], prices: Prices) -> float:
    """Of functions whose environments are kept ready (provisioned concurrency)."""
    total = 0.0
    for each in of_type(found, *FUNCTION_TYPES):
        kept = each.properties.get("ProvisionedConcurrencyConfig") or {}
        count = float(kept.get("ProvisionedConcurrentExecutions") or 0)
        memory_gb = float(each.properties.get("MemorySize") or 128) / 1024
        total += (
            count
            * memory_gb
            * MONTH_S
            * prices[f"lambda.provisioned_gb_second_{_architecture(each)}"]
        )
    return total


def _architecture(function: Part) -> str:
    said = function.properties.get("Architectures") or ["x86_64"]
    return str(said[0])
