"""What a function's processes find around them: folders, variables and /opt."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from samovar_cli.twin.application import Function
from samovar_cli.twin.emulator import REGION, TEST_CREDENTIALS
from samovar_cli.twin.layers import opt_of

_OPT = "/opt/"
_TASK = "/var/task/"
_SAGEMAKER = "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"
_TMP = "/tmp"  # noqa: S108 - the path that a template names, not one that is used


@dataclass(frozen=True, slots=True)
class Site:
    """Where the functions of one twin run."""

    root: Path  # the template's folder
    python: Path  # the interpreter that has awslambdaric and boto3
    scratch: Path  # below it each process gets a /tmp of its own
    models: Path  # what the models layer holds
    aws_url: str  # the emulator, for every SDK
    group: int = 0  # the process group that processes join; 0: each makes its own
    sagemaker_url: str = ""  # the endpoint's emulator, where there is one


def variables(function: Function, site: Site, tmp: Path) -> dict[str, str]:
    """The whole environment of a function's process: Lambda's variables and the template's.

    A value that names /opt/…, /tmp/… or /var/task/… is led to where this machine keeps it.
    """
    opt = opt_of(site.root, function.layers, site.models)
    task_root = site.root / function.code
    folders = {**opt.folders, _TASK: task_root}
    given = {name: _led(value, folders, tmp) for name, value in function.environment.items()}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": str(tmp),
        "HOME": str(tmp),
        "PYTHONPATH": os.pathsep.join(map(str, (task_root, *opt.python))),
        "LAMBDA_TASK_ROOT": str(task_root),
        "LAMBDA_RUNTIME_DIR": str(site.python.parent),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"$LATEST/{tmp.name}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": site.aws_url,
        **({_SAGEMAKER: site.sagemaker_url} if site.sagemaker_url else {}),
        **TEST_CREDENTIALS,
        **given,
    }


def _led(value: str, opt: Mapping[str, Path], tmp: Path) -> str:
    if value == _TMP or value.startswith(f"{_TMP}/"):
        return f"{tmp}{value[len(_TMP) :]}"
    if value.startswith(_TASK):
        return f"{opt[_TASK]}/{value[len(_TASK) :]}"
    name, slash, rest = value.removeprefix(_OPT).partition("/")
    if value.startswith(_OPT) and name in opt:
        return f"{opt[name]}{slash}{rest}"
    return value
