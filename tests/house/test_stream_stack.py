"""What stacks/stream.yaml promises: a door that streams, closed as it is asked to be."""

import os
import subprocess

import pytest

from tests.house.template_file import API, ROOT, STREAM, read_template, resources

(URL,) = resources("AWS::Lambda::Url", STREAM).values()
(METHOD,) = resources("AWS::ApiGateway::Method", STREAM).values()
FUNCTION = resources("AWS::Lambda::Function", STREAM)["StreamFunction"]
AUTH = {"Fn::FindInMap": ["Auth", "Type", {"Ref": "AuthMode"}]}


def conditions(type_name: str) -> set[str]:
    found = read_template(STREAM)["Resources"].values()
    return {each["Condition"] for each in found if each["Type"] == type_name}


def test_a_function_url_streams_and_asks_who_is_calling():
    assert (URL["InvokeMode"], URL["AuthType"]) == ("RESPONSE_STREAM", AUTH)


def test_a_rest_api_streams_and_asks_who_is_calling():
    integration = METHOD["Integration"]
    assert integration["ResponseTransferMode"] == "STREAM"
    assert integration["Uri"]["Fn::Sub"].endswith("/response-streaming-invocations")
    assert integration["TimeoutInMillis"] >= 900_000
    assert METHOD["AuthorizationType"] == AUTH


def test_only_one_of_them_is_made():
    assert conditions("AWS::Lambda::Url") == {"ByUrl"}
    assert conditions("AWS::ApiGateway::RestApi") == conditions("AWS::ApiGateway::Method")
    assert conditions("AWS::ApiGateway::RestApi") == {"ByRest"}


def test_everybody_may_call_a_url_only_where_everybody_is_asked_in():
    found = read_template(STREAM)["Resources"].values()
    for each in found:
        if each["Type"] == "AWS::Lambda::Permission" and each["Properties"]["Principal"] == "*":
            assert each["Condition"] == "OpenUrl"
    assert read_template()["Parameters"]["Streaming"]["Default"] == "off"


def test_a_rest_api_that_is_closed_again_is_deployed_again():
    """Its stage serves a snapshot, which knows who was asked when it was taken."""
    assert conditions("AWS::ApiGateway::Deployment") == {"OpenRest", "ClosedRest"}
    (stage,) = resources("AWS::ApiGateway::Stage", STREAM).values()
    assert stage["DeploymentId"]["Fn::If"][0] == "OpenRest"


@pytest.mark.parametrize("name", ["StreamsReadNoJwt"])
def test_a_door_that_reads_no_jwt_is_refused_where_clients_have_nothing_else(name):
    rule = read_template()["Rules"][name]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "AuthMode"}, "jwt"]}
    assert rule["Assertions"][0]["Assert"] == {"Fn::Equals": [{"Ref": "Streaming"}, "off"]}


def test_the_function_is_started_by_a_program_that_is_there_and_may_run():
    wrapper = FUNCTION["Environment"]["Variables"]["AWS_LAMBDA_EXEC_WRAPPER"]
    path = ROOT / "functions" / "stream" / wrapper.removeprefix("/var/task/")
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")


def test_browsers_may_ask_of_it_what_they_may_ask_of_the_http_api():
    (api,) = resources("AWS::ApiGatewayV2::Api", API).values()
    wanted = api["CorsConfiguration"]["Fn::If"][1]
    found = URL["Cors"]["Fn::If"][1]
    assert found == wanted


def test_the_function_may_take_as_long_as_is_asked_and_no_longer_than_lambda_lets_it():
    parameter = read_template()["Parameters"]["StreamTimeout"]
    assert FUNCTION["Timeout"] == {"Ref": "Timeout"}
    assert 29 < parameter["Default"] <= parameter["MaxValue"] == 900


def test_it_finds_the_function_and_its_layers_whatever_lambda_has_set(tmp_path):
    stub = tmp_path / "python"
    stub.write_text('#!/bin/sh\necho "$PYTHONPATH"; echo "$2"\n')
    stub.chmod(0o755)
    start = ROOT / "functions" / "stream" / "start"
    for given in ({"PYTHONPATH": "/var/runtime"}, {"LAMBDA_RUNTIME_DIR": "/var/runtime"}):
        said = subprocess.run(
            [start, stub, "/var/runtime/bootstrap.py"],
            env={"PATH": os.environ["PATH"], "LAMBDA_TASK_ROOT": "/var/task", **given},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        assert said[0] == "/var/task:/opt/python:/var/runtime"
        assert "samovar.wiring_stream" in said[1]
