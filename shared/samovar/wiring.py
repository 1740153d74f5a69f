"""The parts put together. The only caller of boto3.client; adapters are imported when needed."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from samovar.wiring_start import START, Handler, begun, import_engine, ready  # first

# isort: split
from samovar.adapters.clock import SystemClock
from samovar.lanes import LaneLimits
from samovar.settings import Settings, trace_id
from samovar.wiring_jobs import data_bucket, job_ports
from samovar.wiring_models import (
    Lazy,
    build_host,
    build_service,
    build_store,
    load_model,
    open_runner,
    seal_models,
)

if TYPE_CHECKING:
    from samovar.edges.observe import Observer
    from samovar.job_log import Told
    from samovar.job_service import JobService
    from samovar.ports import JobPorts

__all__ = ["build_service", "build_store", "job_ports", "load_model", "open_runner", "seal_models"]
"""What its parts make, for those who build with it; handlers are made here."""


def build_jobs(settings: Settings) -> "JobService | None":
    """The use cases of jobs, built when they are first asked; None where there are no jobs."""
    if not settings.has_jobs:
        return None
    built: JobService = Lazy(lambda: _job_service(settings, job_ports(settings)))  # type: ignore[assignment]  # stands for it
    return built


def hot_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/infer: infer, predict and statistics, without a framework."""
    from samovar.edges.hot import HotDoor

    import_engine()
    settings = begun(environment)
    return ready(
        HotDoor(
            build_service(settings, sealed=True),
            settings,
            build_observer(settings),
            build_jobs(settings),
        )
    )


def http_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/http_api: everything else, by FastAPI through Mangum."""
    from mangum import Mangum

    from samovar.edges.http import build_app

    settings = begun(environment)
    app = build_app(
        build_service(settings, sealed=True),
        settings,
        build_observer(settings),
        build_jobs(settings),
    )
    return ready(Mangum(app, lifespan="off"))


def direct_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/direct: JSON in, JSON out."""
    from samovar.edges.direct import DirectDoor

    import_engine()
    settings = begun(environment)
    return ready(
        DirectDoor(build_service(settings, sealed=True), settings, build_observer(settings))
    )


def worker_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/job_worker: messages of the light queue."""
    import boto3

    from samovar.adapters.aws_clients import FORMS, HANDS
    from samovar.adapters.s3_streams import S3Streams
    from samovar.adapters.threads import Threads
    from samovar.batch_plan import BatchLimits
    from samovar.batch_runs import BatchRunner
    from samovar.edges.sqs import WorkerDoor
    from samovar.job_runs import JobRunner, RunLimits
    from samovar.routing import limits_of

    import_engine()
    settings = begun(environment)
    store = build_store(settings, sealed=True)
    host, ports, clock = build_host(settings, store), job_ports(settings), SystemClock()
    streams = S3Streams(boto3.client("s3", config=FORMS), settings.data_bucket)
    routes = limits_of(settings.auto_lane)
    limits = BatchLimits(max_bytes=settings.batch_max_bytes, routes=routes)
    batches = BatchRunner(ports, streams, store, clock, limits)
    runner = JobRunner(ports, host, clock, RunLimits(routes=routes), Threads(HANDS), batches)
    return ready(WorkerDoor(runner, build_observer(settings)))


def upload_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/s3_upload: notifications of the data bucket."""
    from samovar.addresses import read_rule
    from samovar.edges.s3 import UploadDoor
    from samovar.job_uploads import Uploads

    settings = begun(environment)
    if settings.uploads_webhook:
        read_rule(settings.webhook_allow).check(settings.uploads_webhook)
    ports = job_ports(settings)
    service, store = _job_service(settings, ports), build_store(settings, sealed=True)
    uploads = Uploads(service, store, ports.blobs, settings.uploads_webhook)
    return ready(UploadDoor(uploads, build_observer(settings)))


def sweeper_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/job_sweeper: called by a schedule."""
    from samovar.edges.schedule import SweeperDoor
    from samovar.job_sweep import JobSweeper
    from samovar.wiring_heavy import build_notices

    settings = begun(environment)
    ports = job_ports(settings)
    notices = build_notices(settings, ports, data_bucket(settings))
    sweeper = JobSweeper(ports, SystemClock(), notices=notices)
    return ready(SweeperDoor(sweeper, build_observer(settings)))


def heavy_dispatch_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/gpu_dispatch: messages of the heavy queue."""
    from samovar.edges.sqs import WorkerDoor
    from samovar.wiring_heavy import build_dispatcher

    settings = begun(environment)
    dispatcher = build_dispatcher(settings, job_ports(settings))
    return ready(WorkerDoor(dispatcher, build_observer(settings)))


def gpu_result_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/gpu_result: what the endpoint says of its calls, by SNS."""
    from samovar.edges.sns import ResultDoor
    from samovar.wiring_heavy import build_results

    settings = begun(environment)
    return ready(ResultDoor(build_results(settings, job_ports(settings)), build_observer(settings)))


def events_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/job_events: jobs whose ends are to be told of."""
    from samovar.adapters.aws_clients import HANDS
    from samovar.adapters.threads import Threads
    from samovar.edges.sqs import WorkerDoor
    from samovar.job_delivery import Deliverer
    from samovar.wiring_sinks import build_sinks

    settings = begun(environment)
    ports, sinks, observer = job_ports(settings), build_sinks(settings), build_observer(settings)

    def given_up(job_id: str, told: "Told") -> None:
        facts = {"job": job_id, "event": told.event, "sink": told.sink, "code": told.error}
        observer.refuse("", "an event could not be delivered", **facts)

    deliverer = Deliverer(ports, sinks, SystemClock(), Threads(HANDS), given_up)
    return ready(WorkerDoor(deliverer, observer))


def _job_service(settings: Settings, ports: "JobPorts") -> "JobService":
    import uuid

    from samovar.addresses import read_rule
    from samovar.job_service import JobService
    from samovar.routing import limits_of
    from samovar.submission import JobLimits

    limits = JobLimits(
        lanes=LaneLimits(settings.inline_bytes, settings.sync_limit_ms),
        routes=limits_of(settings.auto_lane),
        sinks=settings.sinks if settings.events_queue_url else (),
        webhooks=read_rule(settings.webhook_allow),
    )
    new_id = lambda: uuid.uuid4().hex  # noqa: E731 - a port, not a function of ours
    return JobService(build_store(settings, sealed=True), ports, SystemClock(), new_id, limits)


def build_observer(settings: Settings) -> "Observer":
    """What a function's process tells of its requests."""
    from samovar.edges.observe import Observer

    return Observer(settings, SystemClock(), init=START, trace=lambda: trace_id(os.environ))
