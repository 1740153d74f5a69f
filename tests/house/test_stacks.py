"""What every stack inside template.yaml promises, read from the files themselves."""

import re

import pytest
from samovar.settings import read_settings

from tests.house.template_file import (
    LIBRARIES,
    ROOT,
    STACKS,
    listed,
    read_template,
    resources,
    statements,
)

FUNCTIONS = {
    name: (path, properties)
    for path in STACKS
    for name, properties in resources("AWS::Lambda::Function", path).items()
}
SHAPE = (
    "FunctionName", "Code", "Role", "MemorySize", "Timeout",
    "ReservedConcurrentExecutions", "Layers", "Runtime", "Handler",
    "Architectures", "TracingConfig", "EphemeralStorage", "LoggingConfig", "RecursiveLoop",
    "DeadLetterConfig", "Environment",
)  # fmt: skip
SOMETIMES = {"DeadLetterConfig", "RecursiveLoop", "ReservedConcurrentExecutions"}
PLATFORM = {"AWS_LAMBDA_EXEC_WRAPPER"}
"""Variables that Lambda reads, not samovar."""
NAMELESS = {  # actions that know no resource, in the service authorization reference
    "ecr:GetAuthorizationToken",
    "cloudwatch:PutMetricData",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
LAYERS = {"CoreLayer", "RuntimeLayer", "ModelsLayer"}

each_function = pytest.mark.parametrize("name", FUNCTIONS)
each_stack = pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)


def own(function, part):
    return function.removesuffix("Function") + part


def folder(name):
    return ROOT / FUNCTIONS[name][1]["Code"].removeprefix("../")


@each_stack
def test_a_stack_stays_short_enough_to_read_and_names_no_account(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert max(map(len, text.splitlines())) <= 160
    assert not re.search(r"\b\d{12}\b", text)


@each_stack
def test_every_parameter_comes_from_the_template(path):
    stacks = resources("AWS::Serverless::Application").values()
    (stack,) = [each for each in stacks if each["Location"] == f"stacks/{path.name}"]
    assert set(stack["Parameters"]) == set(read_template(path)["Parameters"])


@each_stack
def test_what_the_template_asks_of_a_stack_is_an_output_of_it(path):
    stacks = resources("AWS::Serverless::Application").items()
    (name,) = [name for name, each in stacks if each["Location"] == f"stacks/{path.name}"]
    asked = re.findall(rf"'Fn::GetAtt': \['{name}', 'Outputs', '(\w+)'\]", str(read_template()))
    assert set(asked) <= set(read_template(path)["Outputs"])


def test_a_name_stands_in_one_stack_only():
    names = [name for path in STACKS for name in read_template(path)["Resources"]]
    assert len(names) == len(set(names))


@each_function
def test_a_function_is_wiring_in_the_one_shape(name):
    path, properties = FUNCTIONS[name]
    assert list(properties) == [key for key in SHAPE if key in properties]
    assert set(SHAPE) - set(properties) <= SOMETIMES
    assert properties["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}
    assert {layer["Ref"] for layer in properties["Layers"]} <= LAYERS
    following = list(read_template(path)["Resources"])
    at = following.index(name)
    assert following[at + 1 : at + 3] == [own(name, "Logs"), own(name, "Role")]


@each_function
def test_a_function_is_named_as_its_folder_and_its_handler_is_a_few_lines(name):
    function = FUNCTIONS[name][1]["FunctionName"]["Fn::Sub"]
    assert function == f"${{Application}}-{folder(name).name}"
    assert len((folder(name) / "handler.py").read_text().splitlines()) <= 5


@each_function
def test_a_function_has_the_log_group_that_lambda_writes_to_and_it_forgets(name):
    path, properties = FUNCTIONS[name]
    group = resources("AWS::Logs::LogGroup", path)[own(name, "Logs")]
    assert (
        group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{properties['FunctionName']['Fn::Sub']}"
    )
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@each_function
def test_a_function_has_a_role_of_its_own_that_only_lambda_takes(name):
    path, properties = FUNCTIONS[name]
    role = own(name, "Role")
    assert properties["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    (trust,) = resources("AWS::IAM::Role", path)[role]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@each_stack
def test_a_role_names_its_actions_and_its_resources(path):
    for role in resources("AWS::IAM::Role", path):
        for statement in statements(role, path):
            actions = set(listed(statement["Action"]))
            assert not [action for action in actions if "*" in action]
            assert "*" not in listed(statement["Resource"]) or actions <= NAMELESS


@each_function
def test_a_function_writes_to_no_log_but_its_own(name):
    path, _ = FUNCTIONS[name]
    own_logs = {"Fn::GetAtt": [own(name, "Logs"), "Arn"]}
    allowed = statements(own(name, "Role"), path)
    writes = [s["Resource"] for s in allowed if "logs:PutLogEvents" in s["Action"]]
    assert writes == [own_logs]


WRITES = {  # a function that answers as the wide door does → what else its clients may save
    "StreamFunction": r"|DataBucket\}/collections/\*|-data-.*/answers/\*|/classifiers/\*",
}


@each_function
def test_a_function_changes_no_objects_but_those_of_the_data_bucket_and_calls_nobody(name):
    path, _ = FUNCTIONS[name]
    where = r"-data-.*/(inputs|results)/\*" + WRITES.get(name, "")
    for statement in statements(own(name, "Role"), path):
        if {"s3:PutObject", "s3:DeleteObject"} & set(listed(statement["Action"])):
            for resource in listed(statement["Resource"]):  # uploads/ would call s3_upload
                for named in resource.get("Fn::If", [resource])[-2:]:
                    assert re.search(where, named["Fn::Sub"])


VALUES = {  # of variables that are no free text
    "SAMOVAR_LOG_LEVEL": "INFO",
    "SAMOVAR_MAX_BODY_BYTES": "4500000",
    "SAMOVAR_RESPONSE_CACHE": "shared",
    "SAMOVAR_MODELS_BUCKET": "models",
    "SAMOVAR_DATA_BUCKET": "data",
    "SAMOVAR_SINKS": "webhook,,sns",
    "SAMOVAR_WEBHOOK_ALLOW": "*",
    "SAMOVAR_ENDPOINT_INSTANCES": "1",
    "SAMOVAR_ENDPOINT_SLOTS": "4",
    "SAMOVAR_STREAM_LIMIT_S": "300",
    "SAMOVAR_AUTO_LANE": "instances=2 speed=40",
}


@each_function
def test_a_function_that_sends_to_the_queue_it_reads_may_do_so_more_than_sixteen_times(name):
    """Lambda follows a message's trail through SQS, and drops what looks like a loop."""
    loops = {"JobWorkerFunction", "JobEventsFunction"}
    assert (FUNCTIONS[name][1].get("RecursiveLoop") == "Allow") == (name in loops)


@each_function
def test_a_functions_variables_are_settings(name):
    variables = FUNCTIONS[name][1]["Environment"]["Variables"]
    assert variables.items() >= LIBRARIES.items()
    variables = {
        each: value for each, value in variables.items() if each not in {*LIBRARIES, *PLATFORM}
    }
    assert read_settings({key: VALUES.get(key, "some-value") for key in variables}).has_jobs
    known = (ROOT / "shared" / "samovar" / "settings.py").read_text()
    assert not [variable for variable in variables if f'"{variable}"' not in known]


@each_function
def test_every_function_has_events_to_try_it_with(name):
    assert list((ROOT / "events" / folder(name).name).glob("*.json"))


def test_every_folder_of_functions_is_in_the_template():
    inner = {folder(name).name for name in FUNCTIONS}
    outer = {each["CodeUri"] for each in resources("AWS::Serverless::Function").values()}
    there = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert there == inner | {uri.split("/")[1] for uri in outer}
