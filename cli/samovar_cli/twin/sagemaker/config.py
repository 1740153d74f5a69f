"""How an asynchronous endpoint is set up: its configuration, and its scaling policies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scaling:
    """When instances come and go. Seconds; on AWS the first two are minutes."""

    most: int = 1  # instances
    wake_s: float = 1.0  # that a backlog without an instance lasts before the alarm goes off
    idle_s: float = 60.0  # without need of an instance before it is taken away
    backlog_per_instance: float = 8.0  # the target of ApproximateBacklogSizePerInstance
    start_s: float = 480.0  # until /ping must be 200


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """One endpoint with its AsyncInferenceConfig."""

    name: str
    output_path: str  # S3OutputPath
    failure_path: str  # S3FailurePath
    success_topic: str = ""
    error_topic: str = ""
    concurrent: int = 4  # MaxConcurrentInvocationsPerInstance
    include_success: bool = False  # IncludeInferenceResponseIn
    include_error: bool = False
    scaling: Scaling = Scaling()
    region: str = "us-east-1"
    account: str = "000000000000"
