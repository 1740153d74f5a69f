"""The parts put together. The only caller of boto3.client; adapters are imported when needed."""

import logging
import os
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore, ModelStores
from samovar.adapters.local import LocalPredictor
from samovar.errors import SamovarError, SettingsInvalid
from samovar.lanes import LaneLimits
from samovar.model import Model
from samovar.ports import JobPorts, ModelHost, ModelStore, Runner
from samovar.service import Service
from samovar.settings import Settings, read_settings

if TYPE_CHECKING:
    from samovar.adapters.s3_blobs import S3Blobs
    from samovar.edges.observe import Observer
    from samovar.heavy_gate import Gate
    from samovar.heavy_look import LostNotices
    from samovar.job_service import JobService

log = logging.getLogger("samovar")

Handler = Callable[[dict[str, Any], Any], Any]


def build_service(settings: Settings) -> Service:
    """The service of one process, with the models to preload already open."""
    store = build_store(settings)
    return Service(store, _host(settings, store))


def build_store(settings: Settings) -> ModelStore:
    """The models folder, and behind it the bucket where one is configured."""
    stores: list[ModelStore] = [DirectoryStore(settings.models_dir)]
    if settings.models_bucket:
        stores.append(_Lazy(lambda: _bucket_store(settings)))
    return ModelStores(stores)


def load_model(settings: Settings, name: str, version: str = "") -> Model:
    """A model opened by itself, to look at or to check. Raises NotFound, ModelFault."""
    host = LocalPredictor(build_store(settings), open_runner(settings), SystemClock())
    return host.load(name, version)


def build_jobs(settings: Settings) -> "JobService | None":
    """The use cases of jobs, built when they are first asked; None where there are no jobs."""
    if not settings.has_jobs:
        return None
    built: JobService = _Lazy(lambda: _job_service(settings, job_ports(settings)))  # type: ignore[assignment]  # stands for it
    return built


def job_ports(settings: Settings) -> JobPorts:
    """The table, the queue and the bucket of this deployment. Raises SettingsInvalid."""
    import boto3

    from samovar.adapters.aws_clients import QUICK
    from samovar.adapters.dynamodb import DynamoJobTable
    from samovar.adapters.sqs import SqsJobQueue

    if not settings.has_jobs:
        raise SettingsInvalid(["SAMOVAR_JOBS_TABLE is not set: this deployment has no jobs"])
    sqs = boto3.client("sqs", config=QUICK)
    blobs = _blobs(settings)
    return JobPorts(
        DynamoJobTable(boto3.client("dynamodb", config=QUICK), settings.jobs_table),
        SqsJobQueue(sqs, settings.jobs_queue_url),
        blobs,
        SqsJobQueue(sqs, settings.heavy_queue_url) if settings.heavy_queue_url else None,
        SqsJobQueue(sqs, settings.events_queue_url) if settings.events_queue_url else None,
        links=blobs,
    )


def _blobs(settings: Settings) -> "S3Blobs":
    import boto3

    from samovar.adapters.aws_clients import FORMS
    from samovar.adapters.s3_blobs import S3Blobs

    return S3Blobs(boto3.client("s3", config=FORMS), settings.data_bucket)


def hot_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/infer: infer, predict and statistics, without a framework."""
    from samovar.edges.hot import HotDoor

    settings = read_settings(environment)
    return HotDoor(build_service(settings), settings, _observer(settings), build_jobs(settings))


def http_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/http_api: everything else, by FastAPI through Mangum."""
    from mangum import Mangum

    from samovar.edges.http import build_app

    settings = read_settings(environment)
    app = build_app(build_service(settings), settings, _observer(settings), build_jobs(settings))
    handler: Handler = Mangum(app, lifespan="off")
    return handler


def direct_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/direct: JSON in, JSON out."""
    from samovar.edges.direct import DirectDoor

    settings = read_settings(environment)
    return DirectDoor(build_service(settings), settings, _observer(settings))


def worker_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/job_worker: messages of the light queue."""
    import boto3

    from samovar.adapters.aws_clients import FORMS, HANDS
    from samovar.adapters.s3_streams import S3Streams
    from samovar.adapters.threads import Threads
    from samovar.batch_plan import BatchLimits
    from samovar.batch_runs import BatchRunner
    from samovar.edges.sqs import WorkerDoor
    from samovar.job_runs import JobRunner

    settings = read_settings(environment)
    store = build_store(settings)
    host, ports, clock = _host(settings, store), job_ports(settings), SystemClock()
    streams = S3Streams(boto3.client("s3", config=FORMS), settings.data_bucket)
    limits = BatchLimits(max_bytes=settings.batch_max_bytes)
    batches = BatchRunner(ports, streams, store, clock, limits)
    runner = JobRunner(ports, host, clock, hands=Threads(HANDS), batches=batches)
    return WorkerDoor(runner, _observer(settings))


def upload_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/s3_upload: notifications of the data bucket."""
    from samovar.edges.s3 import UploadDoor
    from samovar.job_uploads import Uploads

    settings = read_settings(environment)
    ports = job_ports(settings)
    service, store = _job_service(settings, ports), build_store(settings)
    uploads = Uploads(service, store, ports.blobs, settings.uploads_webhook)
    return UploadDoor(uploads, _observer(settings))


def sweeper_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/job_sweeper: called by a schedule."""
    from samovar.edges.schedule import SweeperDoor
    from samovar.job_sweep import JobSweeper

    settings = read_settings(environment)
    ports = job_ports(settings)
    sweeper = JobSweeper(ports, SystemClock(), notices=_notices(settings, ports))
    return SweeperDoor(sweeper, _observer(settings))


def heavy_dispatch_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/gpu_dispatch: messages of the heavy queue."""
    import boto3

    from samovar.adapters.aws_clients import QUICK
    from samovar.adapters.sagemaker import SageMakerEndpoint
    from samovar.edges.sqs import WorkerDoor
    from samovar.heavy_dispatch import Dispatcher, DispatchLimits

    settings = _with_endpoint(read_settings(environment))
    ports, clock = job_ports(settings), SystemClock()
    client = boto3.client("sagemaker-runtime", config=QUICK)
    endpoint = SageMakerEndpoint(client, settings.endpoint)
    limits = DispatchLimits(settings.call_ttl_s, settings.call_timeout_s)
    dispatcher = Dispatcher(ports, endpoint, clock, _gate(settings, ports), limits)
    return WorkerDoor(dispatcher, _observer(settings))


def gpu_result_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/gpu_result: what the endpoint says of its calls, by SNS."""
    from samovar.edges.sns import ResultDoor
    from samovar.heavy_results import HeavyResults

    settings = _with_endpoint(read_settings(environment))
    return ResultDoor(HeavyResults(job_ports(settings), SystemClock()), _observer(settings))


def events_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/job_events: jobs whose ends are to be told of."""
    from samovar.adapters.aws_clients import HANDS
    from samovar.adapters.threads import Threads
    from samovar.edges.sqs import WorkerDoor
    from samovar.job_delivery import Deliverer
    from samovar.wiring_sinks import build_sinks

    settings = read_settings(environment)
    sinks = build_sinks(settings)
    deliverer = Deliverer(job_ports(settings), sinks, SystemClock(), Threads(HANDS))
    return WorkerDoor(deliverer, _observer(settings))


def _with_endpoint(settings: Settings) -> Settings:
    """The settings, of a deployment with a heavy lane. Raises SettingsInvalid."""
    if not settings.has_endpoint:
        fault = "SAMOVAR_ENDPOINT and SAMOVAR_HEAVY_QUEUE_URL are not set: there is no heavy lane"
        raise SettingsInvalid([fault])
    return settings


def _gate(settings: Settings, ports: JobPorts) -> "Gate":
    """What a dispatcher asks before it calls."""
    from samovar.heavy_admission import Admission, AdmissionLimits
    from samovar.heavy_breaker import Breaker
    from samovar.heavy_gate import Gate

    slots = settings.endpoint_instances * settings.endpoint_slots
    limits = AdmissionLimits(slots, settings.drain_s * 1000, settings.call_ms)
    admission = Admission(ports.table, SystemClock(), limits)
    return Gate(admission, Breaker(), SystemClock())


def _notices(settings: Settings, ports: JobPorts) -> "LostNotices | None":
    """What looks for what the endpoint has not told; None where there is no endpoint."""
    from samovar.heavy_look import LostNotices
    from samovar.heavy_results import HeavyResults

    if not settings.has_endpoint:
        return None
    results = HeavyResults(ports, SystemClock())
    return LostNotices(ports, _blobs(settings), results, SystemClock())


def _host(settings: Settings, store: ModelStore) -> ModelHost:
    """What holds this process's models, with those to preload already open."""
    host = LocalPredictor(store, open_runner(settings), SystemClock())
    for name in settings.preload:
        try:
            host.load(name)
        except SamovarError as error:  # one broken model must not take the others down
            log.warning("model %s cannot be preloaded: %s", name, error.message)
    return host


def _job_service(settings: Settings, ports: JobPorts) -> "JobService":
    from samovar.addresses import read_rule
    from samovar.job_service import JobService
    from samovar.submission import JobLimits

    limits = JobLimits(
        lanes=LaneLimits(settings.inline_bytes, settings.sync_limit_ms),
        sinks=settings.sinks if settings.events_queue_url else (),
        webhooks=read_rule(settings.webhook_allow),
    )
    new_id = lambda: uuid.uuid4().hex  # noqa: E731 - a port, not a function of ours
    return JobService(build_store(settings), ports, SystemClock(), new_id, limits)


def _observer(settings: Settings) -> "Observer":
    from samovar.edges.observe import Observer

    return Observer(settings, SystemClock())


def open_runner(settings: Settings) -> Callable[[Path], Runner]:
    """What opens a graph, on the best execution provider that there is."""

    def open_path(path: Path) -> Runner:
        from samovar.adapters.onnx import OnnxRunner, available_providers

        return OnnxRunner(path, threads=settings.threads, providers=available_providers())

    return open_path


def _bucket_store(settings: Settings) -> ModelStore:
    import boto3

    from samovar.adapters.s3 import S3Store

    client = boto3.client("s3")
    return S3Store(client, settings.models_bucket, settings.models_prefix, settings.cache_dir)


class _Lazy:
    """Something that is built when it is first asked: boto3 costs a cold start 300 ms."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._built = cache(build)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._built(), name)
