"""The SAM CLI on the real template: what it builds, and a container engine to run it in."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from layers import python313
from tests.house.template_file import ROOT

SAM = ROOT / ".venvs" / "sam" / "bin" / "sam"
MINISTACK = ROOT / ".venvs" / "ministack" / "bin" / "ministack"
STATE = ROOT / ".samovar" / "sam-local"
NOBODY = {  # no test reaches an account, whatever credentials lie around
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAM_CLI_TELEMETRY": "0",
}


def run_sam(*arguments: object, environment: Mapping[str, str] | None = None) -> str:
    """What the SAM CLI wrote to stdout; a failure shows all that it said."""
    given = os.environ | NOBODY | (environment or {})
    command = [str(word) for word in (SAM, *arguments)]
    result = subprocess.run(
        command, cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session", autouse=True)
def _sam_is_there() -> None:
    if not SAM.exists():
        pytest.skip("the SAM CLI is not there: make test-slow sets it up")


def build(architecture: str, folder: Path) -> Path:
    """The folder that `sam build` filled for an architecture."""
    override = f"Architecture={architecture}"
    run_sam("build", "--build-dir", folder, "--parameter-overrides", override)
    return folder


@pytest.fixture(scope="session")
def built_x86(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("x86_64", tmp_path_factory.mktemp("x86_64"))


@pytest.fixture(scope="session")
def built_arm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("arm64", tmp_path_factory.mktemp("arm64"))


@pytest.fixture(scope="session")
def engine() -> Iterator[dict[str, str]]:
    """Variables that lead the SAM CLI to a container engine: the machine's own, or one made."""
    if _engine_answers():
        yield {name: os.environ[name] for name in ["SAMOVAR_INVOKE_IMAGE"] if name in os.environ}
        return
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        pytest.skip("no container engine answers, and making one takes Debian and root")
    if (python := python313.find()) is None:
        pytest.skip(f"no container engine answers, and no python3.13: set {python313.VARIABLE}")
    made = _sam_local("up", STATE, python, ROOT / ".venvs" / "sam")
    if made.returncode:
        pytest.skip(f"no container engine can be made here: {made.stderr.strip()[-300:]}")
    yield dict(line.split("=", 1) for line in made.stdout.split())
    _sam_local("down", STATE)


def _engine_answers() -> bool:
    try:
        return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _sam_local(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(word) for word in (ROOT / "tools" / "sam-local" / script, *arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def emulator(tmp_path) -> Iterator[str]:
    """An address at which AWS's own APIs answer, on this machine only."""
    if not MINISTACK.exists():
        pytest.skip("ministack is not there: make test-slow sets it up")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "SFTP_ENABLED": "0"}
    settings |= {"IOT_MTLS_ENABLED": "0", "MINISTACK_REGION": NOBODY["AWS_DEFAULT_REGION"]}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [MINISTACK], env=os.environ | NOBODY | settings, stdout=log, stderr=log
        )
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the emulator did not start")


def listed_resources(address: str, stack: str) -> dict[str, str]:
    import boto3

    cloudformation = boto3.client(
        "cloudformation",
        endpoint_url=address,
        region_name=NOBODY["AWS_DEFAULT_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    found = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}
