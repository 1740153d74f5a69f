"""What stacks/jobs.yaml promises an operator, read from the file itself."""

import re

import pytest
from samovar.adapters.dynamodb import TABLE, TTL
from samovar.job_runs import RunLimits
from samovar.settings import read_settings
from samovar.submission import JobLimits

from tests.house.template_file import JOBS, ROOT, read_template, resources

FUNCTIONS = resources("AWS::Lambda::Function", JOBS)
ROLES = resources("AWS::IAM::Role", JOBS)
POLICIES = resources("AWS::IAM::ManagedPolicy", JOBS)
QUEUES = resources("AWS::SQS::Queue", JOBS)
(BUCKET,) = resources("AWS::S3::Bucket", JOBS).values()
(MAPPING,) = resources("AWS::Lambda::EventSourceMapping", JOBS).values()
LAYERS = {"CoreLayer", "RuntimeLayer", "ModelsLayer"}
LIMITS = RunLimits()

each_function = pytest.mark.parametrize("name", FUNCTIONS)


def own(function, part):
    return function.removesuffix("Function") + part


def listed(value):
    return value if isinstance(value, list) else [value]


def folder(name):
    return FUNCTIONS[name]["Code"].removeprefix("../").rstrip("/")


def statements(name):
    """What a function's role allows, but for what template.yaml lends it."""
    role = ROLES[own(name, "Role")]
    lent = [ref["Ref"] for ref in role["ManagedPolicyArns"] if ref["Ref"] in POLICIES]
    policies = [*(POLICIES[each] for each in lent), *role["Policies"]]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def test_the_stack_stays_short_enough_to_read():
    assert len(JOBS.read_text().splitlines()) <= 300
    assert not re.search(r"\b\d{12}\b", JOBS.read_text())


def test_every_parameter_comes_from_the_template():
    (stack,) = resources("AWS::Serverless::Application").values()
    assert set(stack["Parameters"]) == set(read_template(JOBS)["Parameters"])


@each_function
def test_a_function_is_wiring_in_the_one_shape(name):
    lines = (ROOT / folder(name) / "handler.py").read_text().splitlines()
    assert len(lines) <= 5
    properties = FUNCTIONS[name]
    shape = list(FUNCTIONS["JobWorkerFunction"])
    assert [key for key in properties if key != "DeadLetterConfig"] == shape
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert {layer["Ref"] for layer in properties["Layers"]} <= LAYERS
    following = list(read_template(JOBS)["Resources"])
    at = following.index(name)
    assert following[at + 1 : at + 3] == [own(name, "Logs"), own(name, "Role")]


@each_function
def test_a_function_has_the_log_group_that_lambda_writes_to_and_it_forgets(name):
    group = resources("AWS::Logs::LogGroup", JOBS)[own(name, "Logs")]
    function = FUNCTIONS[name]["FunctionName"]["Fn::Sub"]
    assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/{function}"}
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@each_function
def test_a_role_names_its_actions_and_its_resources(name):
    assert FUNCTIONS[name]["Role"] == {"Fn::GetAtt": [own(name, "Role"), "Arn"]}
    for statement in statements(name):
        assert not [action for action in listed(statement["Action"]) if "*" in action]
        assert "*" not in listed(statement["Resource"])


@each_function
def test_a_function_touches_no_objects_but_those_of_the_data_bucket(name):
    for statement in statements(name):
        if any(action.startswith("s3:") for action in listed(statement["Action"])):
            for resource in listed(statement["Resource"]):
                assert re.search(r"-data-.*/(inputs|uploads|results)/\*", resource["Fn::Sub"])


@each_function
def test_no_function_may_write_where_writing_calls_a_function(name):
    writes = [s for s in statements(name) if "s3:PutObject" in listed(s["Action"])]
    assert "/uploads/" not in str([statement["Resource"] for statement in writes])


@each_function
def test_a_functions_variables_are_settings(name):
    variables = FUNCTIONS[name]["Environment"]["Variables"]
    levels = {"SAMOVAR_LOG_LEVEL": "INFO"}
    values = {key: levels.get(key, "some-value") for key in variables}
    assert read_settings(values).has_jobs
    known = (ROOT / "shared" / "samovar" / "settings.py").read_text()
    assert not [variable for variable in variables if f'"{variable}"' not in known]


@each_function
def test_every_function_has_events_to_try_it_with(name):
    assert list((ROOT / "events" / folder(name).rpartition("/")[2]).glob("*.json"))


def test_the_table_is_the_one_that_the_adapter_speaks_to():
    (table,) = resources("AWS::DynamoDB::Table", JOBS).values()
    for key in ("KeySchema", "BillingMode"):
        assert table[key] == TABLE[key]
    for key in ("AttributeDefinitions", "GlobalSecondaryIndexes"):
        assert sorted(table[key], key=str) == sorted(TABLE[key], key=str)
    assert table["TimeToLiveSpecification"] == {"AttributeName": TTL, "Enabled": True}


def test_a_message_is_hidden_six_times_as_long_as_a_worker_may_take():
    timeout = FUNCTIONS["JobWorkerFunction"]["Timeout"]
    window = MAPPING["MaximumBatchingWindowInSeconds"]
    assert QUEUES["LightQueue"]["VisibilityTimeout"] >= 6 * timeout + window


def test_a_lease_lasts_as_long_as_a_worker_may_run():
    assert LIMITS.lease_ms >= FUNCTIONS["JobWorkerFunction"]["Timeout"] * 1000


def test_the_queue_gives_a_message_up_when_the_worker_says_so():
    redrive = QUEUES["LightQueue"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == LIMITS.max_receives
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["LightDeadLetters", "Arn"]}
    assert QUEUES["LightQueue"]["MessageRetentionPeriod"] >= JobLimits().keep_s


def test_the_queue_asks_which_messages_failed_and_fills_a_batch():
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert MAPPING["BatchSize"] == LIMITS.max_batch
    assert MAPPING["BatchSize"] <= 10 or MAPPING["MaximumBatchingWindowInSeconds"] >= 1
    assert MAPPING["ScalingConfig"]["MaximumConcurrency"]


def test_the_data_bucket_is_private_encrypted_and_outlives_the_stack():
    bucket = read_template(JOBS)["Resources"]["DataBucket"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert all(BUCKET["PublicAccessBlockConfiguration"].values())
    assert BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert all(queue["SqsManagedSseEnabled"] for queue in QUEUES.values())


def test_only_uploads_call_a_function_and_only_our_bucket_may():
    (told,) = BUCKET["NotificationConfiguration"]["LambdaConfigurations"]
    assert told["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]
    permission = resources("AWS::Lambda::Permission", JOBS)["UploadPermission"]
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    name = BUCKET["BucketName"]["Fn::Sub"]
    assert permission["SourceArn"]["Fn::Sub"].endswith(f":{name}")


def test_an_upload_that_could_not_be_told_of_is_not_forgotten():
    letters = FUNCTIONS["UploadFunction"]["DeadLetterConfig"]["TargetArn"]
    assert letters == {"Fn::GetAtt": ["LightDeadLetters", "Arn"]}
    allowed = [s for s in statements("UploadFunction") if s["Resource"] == letters]
    assert [statement["Action"] for statement in allowed] == ["sqs:SendMessage"]


def test_what_users_uploaded_is_never_thrown_away():
    rules = BUCKET["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    assert set(expiring) == {"inputs/", "results/"}
    assert all(days * 86400 > JobLimits().keep_s for days in expiring.values())


def test_queues_and_bucket_speak_tls_only():
    policies = [
        *resources("AWS::SQS::QueuePolicy", JOBS).values(),
        *resources("AWS::S3::BucketPolicy", JOBS).values(),
    ]
    for policy in policies:
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(policies) == 2


def test_lost_jobs_are_looked_for_more_often_than_they_are_given_up():
    (rule,) = resources("AWS::Events::Rule", JOBS).values()
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert JobLimits().orphan_ms >= 60_000
