"""The environment, read once and checked: the only place that knows its variables."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from samovar import variables
from samovar.errors import SettingsInvalid
from samovar.values import dataclass, field

_MB_PER_VCPU = 1769  # Lambda gives one vCPU at this memory size, and CPU in proportion
_MAX_BODY_BYTES = 6 * 1024 * 1024  # of a Lambda invocation; a gateway's 10 MB never fit in it


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs. Each field is one variable."""

    models_dir: Path = Path("/opt/models")
    models_bucket: str = ""
    models_prefix: str = "models/"
    cache_dir: Path = Path("/tmp/samovar")  # noqa: S108 - Lambda's only writable folder
    collections_dir: Path | None = None  # of kept sets of documents, where no bucket keeps them
    response_cache: str = "shared"  # where answers are kept: shared, process, off
    response_cache_bytes: int = 32 * 1024 * 1024  # of answers that one process keeps
    preload: tuple[str, ...] = ()
    max_body_bytes: int = _MAX_BODY_BYTES
    log_level: str = "INFO"
    memory_mb: int = 0
    session_threads: int = 0  # 0: by the memory
    function: str = "samovar"
    jobs_table: str = ""
    jobs_queue_url: str = ""
    heavy_queue_url: str = ""
    data_bucket: str = ""
    endpoint: str = ""  # of the heavy lane: SageMaker's, by name
    stream_endpoint: str = ""  # one that answers at once, in pieces: SageMaker's, by name
    endpoint_instances: int = 1  # that it grows to
    endpoint_slots: int = 4  # calls that one of them runs at once
    drain_s: int = 1_800  # of work that the endpoint may have before it; more waits in the queue
    call_ms: int = 10_000  # that a call is expected to run, where no profile says
    call_ttl_s: int = 3_600  # that a call may wait at the endpoint
    call_timeout_s: int = 900  # that it may run
    inline_bytes: int = 1024 * 1024  # of a call to an `auto` model; more becomes a job
    answer_bytes: int = 6_250_000  # of one; more becomes a job. Lambda's 6,291,556 are all in all
    sync_limit_ms: int = 25_000  # a call that will take longer becomes a job; a gateway waits 29 s
    stream_limit_s: int = 0  # of a text that is sent as it comes; 0: as of any other call
    auto_lane: tuple[tuple[str, float], ...] = ()  # what differs from the usual RouteLimits
    events_queue_url: str = ""  # of jobs whose ends are to be told of
    sinks: tuple[str, ...] = ()  # that are told of jobs' ends: webhook, eventbridge, sns
    webhook_allow: str = ""  # where webhooks may go, as samovar.addresses reads it
    webhook_secret: str = field(default="", repr=False)  # that they are signed with
    webhook_secret_arn: str = ""  # the same, kept in Secrets Manager
    uploads_webhook: str = ""  # for jobs that came as uploads
    event_bus: str = ""
    event_topic: str = ""
    batch_max_bytes: int = 5 * 1024**3  # of a file of rows
    port: int = 8080  # of the container
    timeout_s: int = 55  # of a request to the container; SageMaker gives up after 60
    stream_timeout_s: int = 470  # of a stream; SageMaker hangs up after 480
    in_flight: int = 256  # requests that the container takes at once
    batch_delay_ms: int = 2  # that a request waits for others to run with

    @property
    def has_endpoint(self) -> bool:
        """Whether this deployment has a heavy lane: a queue, and an endpoint behind it."""
        return bool(self.heavy_queue_url and self.endpoint)

    @property
    def has_jobs(self) -> bool:
        """Whether this deployment has jobs: a table, a queue and a bucket for them."""
        return bool(self.jobs_table)

    @property
    def is_function(self) -> bool:
        """Whether this process answers one request at a time, on CPUs that nobody else has."""
        return self.memory_mb > 0

    @property
    def threads(self) -> int:
        """Threads for one session: the function's vCPUs rounded up; 0 lets onnxruntime choose."""
        return self.session_threads or -(-self.memory_mb // _MB_PER_VCPU)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from variables. Raises SettingsInvalid with every bad variable."""
    values: dict[str, Any] = {}
    faults = []
    for variable, (name, parse) in _VARIABLES.items():
        text = environment.get(variable, "").strip()
        if text:
            try:
                values[name] = parse(text)
            except ValueError as error:
                shown = "***" if variable in _SECRETS else repr(text[:100])
                faults.append(f"{variable}={shown}: {error}")
    faults += _partly({name: values.get(_VARIABLES[name][0]) for name in _JOBS})
    if faults:
        raise SettingsInvalid(faults)
    return Settings(**values)


def trace_id(environment: Mapping[str, str]) -> str:
    """The trace of X-Ray that the present invocation belongs to; empty where there is none."""
    root = environment.get("_X_AMZN_TRACE_ID", "").partition(";")[0]
    return root.removeprefix("Root=")


def _partly(values: Mapping[str, Any]) -> list[str]:
    """The fault of variables that belong together where some are set, and some not."""
    missing = [name for name, value in values.items() if not value]
    given = next((name for name, value in values.items() if value), "")
    if not given or not missing:
        return []
    return [f"{given}={values[given][:100]!r}: {', '.join(missing)} must be set as well"]


_VARIABLES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "SAMOVAR_MODELS_DIR": ("models_dir", Path),
    "SAMOVAR_MODELS_BUCKET": ("models_bucket", variables.bucket),
    "SAMOVAR_MODELS_PREFIX": ("models_prefix", variables.prefix),
    "SAMOVAR_CACHE_DIR": ("cache_dir", Path),
    "SAMOVAR_COLLECTIONS_DIR": ("collections_dir", Path),
    "SAMOVAR_RESPONSE_CACHE": ("response_cache", variables.one_of("shared", "process", "off")),
    "SAMOVAR_RESPONSE_CACHE_BYTES": ("response_cache_bytes", variables.size),
    "SAMOVAR_PRELOAD": ("preload", variables.names),
    "SAMOVAR_MAX_BODY_BYTES": ("max_body_bytes", variables.size),
    "SAMOVAR_LOG_LEVEL": ("log_level", variables.level),
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": ("memory_mb", variables.size),
    "SAMOVAR_THREADS": ("session_threads", variables.size),
    "AWS_LAMBDA_FUNCTION_NAME": ("function", str),
    "SAMOVAR_JOBS_TABLE": ("jobs_table", str),
    "SAMOVAR_JOBS_QUEUE_URL": ("jobs_queue_url", str),
    "SAMOVAR_DATA_BUCKET": ("data_bucket", variables.bucket),
    "SAMOVAR_HEAVY_QUEUE_URL": ("heavy_queue_url", str),
    "SAMOVAR_ENDPOINT": ("endpoint", str),
    "SAMOVAR_STREAM_ENDPOINT": ("stream_endpoint", str),
    "SAMOVAR_STREAM_LIMIT_S": ("stream_limit_s", variables.size),
    "SAMOVAR_ENDPOINT_INSTANCES": ("endpoint_instances", variables.size),
    "SAMOVAR_ENDPOINT_SLOTS": ("endpoint_slots", variables.size),
    "SAMOVAR_DRAIN_S": ("drain_s", variables.size),
    "SAMOVAR_CALL_MS": ("call_ms", variables.size),
    "SAMOVAR_CALL_TTL_S": ("call_ttl_s", variables.within(60, 21_600)),  # SageMaker's own bounds
    "SAMOVAR_CALL_TIMEOUT_S": ("call_timeout_s", variables.within(1, 3_600)),
    "SAMOVAR_INLINE_BYTES": ("inline_bytes", variables.size),
    "SAMOVAR_ANSWER_BYTES": ("answer_bytes", variables.size),
    "SAMOVAR_SYNC_LIMIT_MS": ("sync_limit_ms", variables.size),
    "SAMOVAR_AUTO_LANE": ("auto_lane", variables.route),
    "SAMOVAR_EVENTS_QUEUE_URL": ("events_queue_url", str),
    "SAMOVAR_SINKS": ("sinks", variables.sinks),
    "SAMOVAR_WEBHOOK_ALLOW": ("webhook_allow", variables.rule),
    "SAMOVAR_WEBHOOK_SECRET": ("webhook_secret", variables.secret),
    "SAMOVAR_WEBHOOK_SECRET_ARN": ("webhook_secret_arn", str),
    "SAMOVAR_UPLOADS_WEBHOOK": ("uploads_webhook", str),
    "SAMOVAR_EVENT_BUS": ("event_bus", str),
    "SAMOVAR_EVENT_TOPIC": ("event_topic", str),
    "SAMOVAR_BATCH_MAX_BYTES": ("batch_max_bytes", variables.size),
    "SAGEMAKER_BIND_TO_PORT": ("port", variables.size),
    "SAMOVAR_TIMEOUT_S": ("timeout_s", variables.size),
    "SAMOVAR_STREAM_TIMEOUT_S": ("stream_timeout_s", variables.size),
    "SAMOVAR_IN_FLIGHT": ("in_flight", variables.size),
    "SAMOVAR_BATCH_DELAY_MS": ("batch_delay_ms", variables.size),
}
_SECRETS = ("SAMOVAR_WEBHOOK_SECRET",)
_JOBS = ("SAMOVAR_JOBS_TABLE", "SAMOVAR_JOBS_QUEUE_URL", "SAMOVAR_DATA_BUCKET")
