"""The SAM CLI takes the template, and a deployment makes what the template says."""

import json
import urllib.request

import pytest

from tests.house.template_file import API, HEAVY, STACKS, TEMPLATE, read_template, resources
from tests.sam.conftest import listed_resources, run_sam

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_linter_finds_nothing():
    for path in (TEMPLATE, *STACKS):
        said = run_sam("validate", "--lint", "--template", path)
        assert "is a valid SAM Template" in said


def test_the_build_remembers_the_architecture_it_is_for(built_arm):
    assert "ContextPath: layers/arm64" in (built_arm / "template.yaml").read_text()


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
    assert asked_for == {"Heavy", "GpuEndpoint", "Ready", "Stream", "TextsElsewherePolicy"}
    assert set(declared) - layers - asked_for <= set(made)
    assert not asked_for & set(made)
    routes = resources("AWS::ApiGatewayV2::Route", API)
    keys = {each["RouteKey"] for name, each in routes.items() if name != "PreflightRoute"}
    inner = listed_resources(emulator, made["Api"])
    assert routes_at(emulator, inner["HttpApiGateway"]) == keys


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
