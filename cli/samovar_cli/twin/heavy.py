"""The endpoint of the heavy lane, as a deployed application names it."""

import os
from collections.abc import Mapping
from pathlib import Path

from samovar_cli.twin.application import Application, Function
from samovar_cli.twin.chaos import Trouble
from samovar_cli.twin.emulator import REGION, TEST_CREDENTIALS
from samovar_cli.twin.sagemaker.config import EndpointConfig, Scaling
from samovar_cli.twin.sagemaker.live import LiveEndpoint
from samovar_cli.twin.sagemaker.runtime import Runtime
from samovar_cli.twin.site import Site

_INPUT_BYTES = 1024**3
_CALL_S = 3600
_TOPIC = "AWS::SNS::Topic"


def endpoint_of(application: Application) -> EndpointConfig | None:
    """The endpoint that a function's variables name; None where no jobs go to one."""
    for function in application.functions:
        name = function.environment.get("SAMOVAR_ENDPOINT")
        if name:
            return _config(application, function, name)
    return None


def _config(application: Application, function: Function, name: str) -> EndpointConfig:
    """As stacks/gpu.yaml would configure it: that stack's types are none of the emulator's."""
    results = f"s3://{function.environment['SAMOVAR_DATA_BUCKET']}/results"
    slots = int(function.environment.get("SAMOVAR_ENDPOINT_SLOTS", "4"))
    return EndpointConfig(
        name=name,
        output_path=f"{results}/endpoint",
        failure_path=f"{results}/endpoint-errors",
        success_topic=_topic(application, "Success"),
        error_topic=_topic(application, "Error"),
        concurrent=slots,
        scaling=Scaling(backlog_per_instance=slots),
    )


def _topic(application: Application, kind: str) -> str:
    names = (name for name, each in application.types.items() if each == _TOPIC and kind in name)
    return application.resources.get(next(names, ""), "")


def build_endpoint(
    config: EndpointConfig, site: Site, models: Path, logs: Path, chaos: Trouble
) -> Runtime:
    """The endpoint, asleep: its instances are `samovar container` over the models folder."""
    from samovar_cli.twin.sagemaker.cloud import Cloud  # boto3 takes most of a second
    from samovar_cli.twin.sagemaker.instance import Image, Instance

    log = logs / "endpoint.log"
    image = Image(models, container_variables(site), log, site.root, site.group)

    return Runtime(config, Cloud(site.aws_url), lambda: Instance(image), chaos)


def live_name(application: Application) -> str:
    """The real-time endpoint that a function's variables name; "" where texts stay in functions."""
    names = (each.environment.get("SAMOVAR_STREAM_ENDPOINT") for each in application.functions)
    return next((name for name in names if name), "")


def build_live(name: str, site: Site, models: Path, logs: Path, chaos: Trouble) -> LiveEndpoint:
    """A real-time endpoint: a `samovar container` of its own over the models folder."""
    from samovar_cli.twin.sagemaker.instance import Image, Instance

    variables = {**container_variables(site), "SAMOVAR_TIMEOUT_S": "55"}
    image = Image(models, variables, logs / "stream-endpoint.log", site.root, site.group)
    return LiveEndpoint(name, lambda: Instance(image), chaos)


def container_variables(site: Site) -> Mapping[str, str]:
    """What a container finds, as stacks/gpu.yaml sets it: models are opened when asked for."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(site.scratch),
        "LANG": "en_US.UTF-8",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": site.aws_url,
        **TEST_CREDENTIALS,
        "SAMOVAR_CACHE_DIR": str(site.scratch / "endpoint"),
        "SAMOVAR_MAX_BODY_BYTES": str(_INPUT_BYTES),
        "SAMOVAR_TIMEOUT_S": str(_CALL_S),
    }
