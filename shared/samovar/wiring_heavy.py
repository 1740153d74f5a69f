"""The heavy lane put together: a part of samovar.wiring, under its rules."""

from samovar.adapters.clock import SystemClock
from samovar.errors import SettingsInvalid
from samovar.heavy_admission import Admission, AdmissionLimits
from samovar.heavy_breaker import Breaker
from samovar.heavy_dispatch import Dispatcher, DispatchLimits
from samovar.heavy_gate import Gate
from samovar.heavy_look import LostNotices
from samovar.heavy_results import HeavyResults
from samovar.ports import BlobHeads, JobPorts
from samovar.settings import Settings


def build_dispatcher(settings: Settings, ports: JobPorts) -> Dispatcher:
    """What calls the endpoint. Raises SettingsInvalid."""
    import boto3

    from samovar.adapters.aws_clients import CALLS
    from samovar.adapters.sagemaker import SageMakerEndpoint

    _check(settings)
    client = boto3.client("sagemaker-runtime", config=CALLS)
    endpoint = SageMakerEndpoint(client, settings.endpoint)
    limits = DispatchLimits(settings.call_ttl_s, settings.call_timeout_s)
    return Dispatcher(ports, endpoint, SystemClock(), _gate(settings, ports), limits)


def build_results(settings: Settings, ports: JobPorts) -> HeavyResults:
    """What ends jobs by what the endpoint tells. Raises SettingsInvalid."""
    _check(settings)
    return HeavyResults(ports, SystemClock())


def build_notices(settings: Settings, ports: JobPorts, heads: BlobHeads) -> LostNotices | None:
    """What looks for what the endpoint has not told; None where there is no endpoint."""
    if not settings.has_endpoint:
        return None
    return LostNotices(ports, heads, build_results(settings, ports), SystemClock())


def _check(settings: Settings) -> None:
    if not settings.has_endpoint:
        fault = "SAMOVAR_ENDPOINT and SAMOVAR_HEAVY_QUEUE_URL are not set: there is no heavy lane"
        raise SettingsInvalid([fault])


def _gate(settings: Settings, ports: JobPorts) -> Gate:
    """What a dispatcher asks before it calls."""
    slots = settings.endpoint_instances * settings.endpoint_slots
    limits = AdmissionLimits(slots, settings.drain_s * 1000, settings.call_ms)
    admission = Admission(ports.table, SystemClock(), limits)
    return Gate(admission, Breaker(), SystemClock())
