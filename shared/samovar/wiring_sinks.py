"""Who is told of jobs' ends, put together: a part of samovar.wiring, under its rules."""

from collections.abc import Callable, Mapping

from samovar.adapters.clock import SystemClock
from samovar.addresses import read_rule
from samovar.errors import SettingsInvalid
from samovar.patience import Patient
from samovar.ports import Sink
from samovar.settings import Settings


def build_sinks(settings: Settings) -> Mapping[str, Sink]:
    """The sinks that this deployment names. Raises SettingsInvalid."""
    return {name: _SINKS[name](settings) for name in settings.sinks}


def _webhooks(settings: Settings) -> Sink:
    import boto3

    from samovar.adapters.aws_clients import BRIEF
    from samovar.adapters.webhook import Webhooks
    from samovar.adapters.webhook_keys import GivenKeys, StoredKeys

    clock, rule = SystemClock(), read_rule(settings.webhook_allow)
    if settings.webhook_secret:
        return Patient(Webhooks(GivenKeys(settings.webhook_secret), rule, clock), clock)
    if not settings.webhook_secret_arn:
        raise SettingsInvalid(["SAMOVAR_SINKS has webhook: set SAMOVAR_WEBHOOK_SECRET_ARN"])
    client = boto3.client("secretsmanager", config=BRIEF)
    keys = StoredKeys(client, settings.webhook_secret_arn, clock)
    return Patient(Webhooks(keys, rule, clock), clock)


def _event_bus(settings: Settings) -> Sink:
    import boto3

    from samovar.adapters.aws_clients import BRIEF
    from samovar.adapters.eventbridge import EventBus

    return EventBus(boto3.client("events", config=BRIEF), settings.event_bus or "default")


def _topic(settings: Settings) -> Sink:
    import boto3

    from samovar.adapters.aws_clients import BRIEF
    from samovar.adapters.sns import Topic

    if not settings.event_topic:
        raise SettingsInvalid(["SAMOVAR_SINKS has sns: set SAMOVAR_EVENT_TOPIC to a topic's ARN"])
    return Topic(boto3.client("sns", config=BRIEF), settings.event_topic)


_SINKS: Mapping[str, Callable[[Settings], Sink]] = {
    "webhook": _webhooks,
    "eventbridge": _event_bus,
    "sns": _topic,
}
