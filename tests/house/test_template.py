"""What template.yaml promises an operator, read from the file itself."""

import json
import re

import pytest
from samovar.edges.inference import find_target
from samovar.settings import read_settings

from tests.house.template_file import (
    API,
    LIBRARIES,
    ROOT,
    TEMPLATE,
    listed,
    read_template,
    resources,
    statements,
)

FUNCTIONS = resources("AWS::Serverless::Function")
ROLES = resources("AWS::IAM::Role")
ROUTES = resources("AWS::ApiGatewayV2::Route", API)
LOG_GROUPS = resources("AWS::Logs::LogGroup")
LAYERS = resources("AWS::Serverless::LayerVersion")
GLOBALS = read_template()["Globals"]["Function"]
DATA_BUCKET = "${Application}-data-"
INFER_TARGET = {"Fn::Sub": "integrations/${InferIntegration}"}

each_function = pytest.mark.parametrize("name", FUNCTIONS)


def own(function, part):
    """The logical id of a function's part: InferFunction's log group is InferLogs."""
    return function.removesuffix("Function") + part


def test_the_template_stays_short_enough_to_read():
    assert len(TEMPLATE.read_text().splitlines()) <= 300


def test_no_account_is_named():
    for name in ("template.yaml", "samconfig.toml"):
        assert not re.search(r"\b\d{12}\b", (ROOT / name).read_text()), name


@each_function
def test_a_function_is_wiring_that_needs_no_build(name):
    folder = ROOT / FUNCTIONS[name]["CodeUri"]
    assert read_template()["Resources"][name]["Metadata"] == {"SkipBuild": True}
    lines = (folder / "handler.py").read_text().splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert len(lines) <= 30
    assert all(line.startswith("from samovar.wiring import ") for line in imports)


SHAPE = (
    "FunctionName",
    "CodeUri",
    "Role",
    "MemorySize",
    "ReservedConcurrentExecutions",
    "Environment",
    "Layers",
)


@each_function
def test_functions_are_written_in_one_shape(name):
    properties = list(FUNCTIONS[name])
    assert properties == [key for key in SHAPE if key in properties]
    following = list(read_template()["Resources"])
    at = following.index(name)
    assert following[at + 1 : at + 3] == [own(name, "Logs"), own(name, "Role")]


@each_function
def test_a_function_has_the_log_group_that_lambda_writes_to_and_it_forgets(name):
    group = LOG_GROUPS[own(name, "Logs")]
    function = FUNCTIONS[name]["FunctionName"]["Fn::Sub"]
    assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/{function}"}


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_every_log_group_forgets_after_a_while(name):
    assert LOG_GROUPS[name]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@each_function
def test_a_function_has_a_role_of_its_own_that_only_lambda_takes(name):
    role = own(name, "Role")
    assert FUNCTIONS[name]["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    (trust,) = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@each_function
def test_a_role_names_its_actions_and_its_resources(name):
    for statement in statements(own(name, "Role")):
        actions = listed(statement["Action"])
        assert not [action for action in actions if "*" in action], statement
        if not all(action.startswith("xray:") for action in actions):  # X-Ray knows none
            assert "*" not in listed(statement["Resource"]), statement


@each_function
def test_a_function_writes_to_no_log_but_its_own(name):
    writes = [s for s in statements(own(name, "Role")) if "logs:PutLogEvents" in s["Action"]]
    assert [s["Resource"] for s in writes] == [{"Fn::GetAtt": [own(name, "Logs"), "Arn"]}]


@each_function
def test_no_function_may_write_to_the_models_bucket_but_what_clients_save(name):
    given = [
        statement
        for statement in statements(own(name, "Role"))
        for resource in [str(statement["Resource"])]
        if DATA_BUCKET not in resource
        and "${DataBucket}" not in resource
        and ("/classifiers/*" not in resource or "/models/*" in resource)
    ]
    allowed = {action for statement in given for action in listed(statement["Action"])}
    assert {action for action in allowed if action.startswith("s3:")} == {
        "s3:GetObject",
        "s3:ListBucket",
    }


def test_functions_end_before_the_gateway_hangs_up():
    assert all(each.get("Timeout", GLOBALS["Timeout"]) <= 29 for each in FUNCTIONS.values())


def test_traces_are_paid_by_those_who_ask_for_them():
    assert GLOBALS["Tracing"] == {"Ref": "Tracing"}
    assert read_template()["Parameters"]["Tracing"]["Default"] == "PassThrough"
    assert not [each for each in FUNCTIONS.values() if "Tracing" in each]


@each_function
def test_a_function_takes_at_most_five_layers_and_all_are_built_here(name):
    names = [layer["Ref"] for layer in FUNCTIONS[name]["Layers"]]
    assert len(names) <= 5
    assert set(names) <= set(LAYERS)


def test_every_layer_has_a_target_in_the_makefile_that_sam_calls():
    targets = (ROOT / "layers" / "build.mk").read_text()
    for name, layer in LAYERS.items():
        assert f"build-{name}" in targets
        assert (ROOT / layer["ContentUri"]).is_dir()


def test_the_hot_door_carries_no_web_framework():
    assert {"Ref": "WebLayer"} not in FUNCTIONS["InferFunction"]["Layers"]


def default(value):
    """A variable's value when nobody sets a parameter."""
    if isinstance(value, dict):
        return str(read_template()["Parameters"][value["Ref"]]["Default"]) if "Ref" in value else ""
    return value


@each_function
def test_a_functions_variables_are_settings_and_their_defaults_are_sound(name):
    variables = dict(GLOBALS["Environment"]["Variables"])
    variables |= FUNCTIONS[name].get("Environment", {}).get("Variables", {})
    assert variables.items() >= LIBRARIES.items()
    variables = {each: value for each, value in variables.items() if each not in LIBRARIES}
    known = (ROOT / "shared" / "samovar" / "settings.py").read_text()
    assert not [variable for variable in variables if f'"{variable}"' not in known]
    settings = read_settings({each: default(value) for each, value in variables.items()})
    assert settings.max_body_bytes * 4 / 3 <= 6_291_556  # a body in base64 fits an invocation


def infer_routes():
    return [route["RouteKey"] for route in ROUTES.values() if route["Target"] == INFER_TARGET]


@pytest.mark.parametrize("key", infer_routes())
def test_the_hot_door_answers_every_route_that_leads_to_it(key):
    method, path = key.replace("{model}", "digits").replace("{version}", "2").split(" ")
    target = find_target(method, path)
    assert target.model == ("digits" if "{model}" in key else "")
    assert target.version == ("2" if "{version}" in key else "")


def test_what_runs_a_model_leads_to_the_hot_door_with_and_without_a_version():
    assert set(infer_routes()) == {
        "POST /v2/models/{model}/infer",
        "POST /v2/models/{model}/versions/{version}/infer",
        "POST /v1/models/{model}/predict",
        "POST /v1/models/{model}/versions/{version}/predict",
        "GET /v2/models/stats",
        "GET /v2/models/{model}/stats",
        "GET /v2/models/{model}/versions/{version}/stats",
        "POST /v1/chat/completions",
        "POST /v1/completions",
        "POST /v1/embeddings",
        "POST /v1/rerank",
        "POST /v1/classify",
    }


def test_all_else_leads_to_the_wide_door():
    assert ROUTES["DefaultRoute"]["RouteKey"] == "$default"
    assert ROUTES["DefaultRoute"]["Target"] == {"Fn::Sub": "integrations/${HttpApiIntegration}"}


def test_every_route_but_the_browsers_preflight_asks_who_is_calling():
    follows_the_parameter = {"Fn::FindInMap": ["Auth", "Type", {"Ref": "AuthMode"}]}
    for name, route in ROUTES.items():
        if name != "PreflightRoute":
            assert route["AuthorizationType"] == follows_the_parameter, name
    assert ROUTES["PreflightRoute"]["RouteKey"].startswith("OPTIONS ")
    assert read_template(API)["Resources"]["PreflightRoute"]["Condition"] == "UseCors"


def test_the_api_is_closed_unless_somebody_opens_it():
    parameters = read_template()["Parameters"]
    assert parameters["AuthMode"]["Default"] == "iam"
    assert parameters["CorsOrigins"]["Default"] == ""
    assert read_template(API)["Mappings"]["Auth"]["Type"]["iam"] == "AWS_IAM"


def test_the_api_is_throttled_and_its_log_names_no_body():
    (stage,) = resources("AWS::ApiGatewayV2::Stage", API).values()
    settings = stage["DefaultRouteSettings"]
    assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= set(settings)
    log = stage["AccessLogSettings"]["Format"]
    assert "requestId" in log
    assert not re.search(r"\$(request|context\.authorizer)", log)


def test_events_reach_functions_in_payload_format_2():
    for integration in resources("AWS::ApiGatewayV2::Integration", API).values():
        assert integration["PayloadFormatVersion"] == "2.0"


@each_function
def test_every_function_has_events_to_try_it_with(name):
    folder = ROOT / "events" / FUNCTIONS[name]["CodeUri"].strip("/").split("/")[-1]
    assert list(folder.glob("*.json"))


def test_sam_local_is_told_what_only_a_deployment_knows():
    """It would hand a function the name of another stack's output in place of its value."""
    given = json.loads((ROOT / "events" / "env.json").read_text())["Parameters"]
    variables = GLOBALS["Environment"]["Variables"].items()
    assert {name for name, value in variables if "Fn::GetAtt" in str(value)} == set(given)
    assert set(given.values()) == {""}
