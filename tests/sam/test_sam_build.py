"""The SAM CLI takes the template, and a deployment makes what the template says."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.house.template_file import HEAVY, ROOT, STACKS, TEMPLATE, read_template, resources
from tests.sam.conftest import NOBODY, run_sam

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MINISTACK = ROOT / ".venvs" / "ministack" / "bin" / "ministack"


def test_the_linter_finds_nothing():
    for path in (TEMPLATE, *STACKS):
        said = run_sam("validate", "--lint", "--template", path)
        assert "is a valid SAM Template" in said


def test_the_build_remembers_the_architecture_it_is_for(built_arm):
    assert "ContextPath: layers/arm64" in (built_arm / "template.yaml").read_text()


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


def routes_at(address: str, api: str) -> set[str]:
    with urllib.request.urlopen(f"{address}/v2/apis/{api}/routes") as answer:
        return {route["routeKey"] for route in json.load(answer)["items"]}


def test_a_deployment_has_every_route_and_only_the_parts_that_are_asked_for(built_x86, emulator):
    template = built_x86 / "template.yaml"
    run_sam(
        *("deploy", "--template-file", template, "--stack-name", "samovar-test"),
        *("--no-confirm-changeset", "--resolve-s3"),
        environment={"AWS_ENDPOINT_URL": emulator},
    )
    made = listed_resources(emulator, "samovar-test")
    declared = read_template()["Resources"]
    asked_for = {name for name, each in declared.items() if "Condition" in each}
    layers = {name for name in declared if name.endswith("Layer")}  # get a hash behind the name
    assert asked_for == {"JwtAuthorizer", "PreflightRoute", "Heavy", "GpuEndpoint"}
    assert set(declared) - layers - asked_for <= set(made)
    assert not asked_for & set(made)
    routes = resources("AWS::ApiGatewayV2::Route")
    keys = {each["RouteKey"] for name, each in routes.items() if name != "PreflightRoute"}
    assert routes_at(emulator, made["Api"]) == keys


def test_a_deployment_with_an_endpoint_of_ones_own_has_the_heavy_lane(built_x86, emulator):
    run_sam(
        *(
            "deploy",
            "--template-file",
            built_x86 / "template.yaml",
            "--stack-name",
            "samovar-heavy",
        ),
        *("--no-confirm-changeset", "--resolve-s3", "--parameter-overrides"),
        *("Gpu=on", "ExistingEndpoint=mine"),
        environment={"AWS_ENDPOINT_URL": emulator},
    )
    made = listed_resources(emulator, "samovar-heavy")
    assert "GpuEndpoint" not in made
    inner = listed_resources(emulator, made["Heavy"])
    assert set(inner) == set(read_template(HEAVY)["Resources"])


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
