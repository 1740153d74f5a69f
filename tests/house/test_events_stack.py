"""What stacks/events.yaml promises: who is told of jobs' ends, and by whom."""

from samovar.addresses import WebhookRule, read_rule
from samovar.job_events import SINKS
from samovar.settings import read_settings
from samovar.signatures import read_secrets

from tests.house.template_file import EVENTS, STORE, read_template, resources, statements

(FUNCTION,) = resources("AWS::Lambda::Function", EVENTS).values()
(MAPPING,) = resources("AWS::Lambda::EventSourceMapping", EVENTS).values()
(SECRET,) = resources("AWS::SecretsManager::Secret", EVENTS).values()
QUEUE = resources("AWS::SQS::Queue", STORE)["EventsQueue"]
VARIABLES = FUNCTION["Environment"]["Variables"]


def test_unless_somebody_says_otherwise_any_public_host_may_be_told():
    default = read_template()["Parameters"]["Webhooks"]["Default"]
    assert read_rule(default) == WebhookRule()


def test_where_nobody_is_told_nothing_costs():
    costs = {"WebhookSecret": "TellWebhooks", "JobEventsQueue": "TellAnybody"}
    found = read_template(EVENTS)["Resources"]
    assert {name: found[name]["Condition"] for name in costs} == costs


def test_the_sinks_are_those_that_the_code_knows():
    joiner, choices = VARIABLES["SAMOVAR_SINKS"]["Fn::Join"]
    names = [choice["Fn::If"][1] for choice in choices]
    assert tuple(names) == SINKS
    assert read_settings({"SAMOVAR_SINKS": joiner.join(["", "", names[2]])}).sinks == ("sns",)
    assert read_settings({"SAMOVAR_SINKS": joiner.join(["", "", ""])}).sinks == ()
    output = read_template(EVENTS)["Outputs"]["Sinks"]["Value"]
    assert output == VARIABLES["SAMOVAR_SINKS"]


def test_the_secret_that_is_made_is_one_that_signs():
    made = SECRET["GenerateSecretString"]
    assert made["ExcludePunctuation"] is True
    assert not any(letter.isalnum() for letter in made["ExcludeCharacters"])
    (key,) = read_secrets("whsec_" + "Az09" * (made["PasswordLength"] // 4))
    assert len(key) >= 32


def test_the_function_reads_its_own_secret_and_tells_what_is_named_only():
    allowed = statements("JobEventsRole", EVENTS)
    assert {s["Action"]: s["Resource"] for s in allowed if str(s["Action"]) in TOLD} == TOLD


TOLD = {
    "secretsmanager:GetSecretValue": {"Ref": "WebhookSecret"},
    "events:PutEvents": {
        "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
        ":event-bus/${EventBus}"
    },
    "sns:Publish": {"Ref": "EventTopic"},
}


def test_a_message_is_hidden_six_times_as_long_as_the_function_may_take():
    assert QUEUE["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"]
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert MAPPING["BatchSize"] <= 10


def test_receivers_are_not_stormed():
    assert MAPPING["ScalingConfig"]["MaximumConcurrency"] <= 10
