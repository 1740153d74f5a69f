"""What each role may do is what its code asks for: all of it, and of the dangerous, no more."""

import re
from fnmatch import fnmatchcase

import pytest
from samovar.adapters.dynamodb_answers import FOLDER, PREFIX
from samovar.manifest import MOST_TTL_S

from tests.house.template_file import (
    EVENTS,
    GPU,
    HEAVY,
    JOBS,
    STORE,
    STREAM,
    TEMPLATE,
    listed,
    resources,
    statements,
)

TABLE = [f"dynamodb:{verb} JobsTable" for verb in ("GetItem", "PutItem")]
FIND = ["dynamodb:Query JobsTable/index/by-state", "dynamodb:BatchGetItem JobsTable"]
SUBMIT = [
    *TABLE,
    "sqs:SendMessage LightQueue",
    "sqs:SendMessage EventsQueue",
    "sqs:SendMessage HeavyQueue",
    "s3:PutObject data/inputs/a-job",
]
INPUTS = [
    "s3:GetObject data/inputs/an-upload",
    "s3:GetObject data/uploads/digits/three.png",
    "s3:ListBucket data",
]
RESULTS = [
    "s3:GetObject data/results/a-job/1",
    "s3:PutObject data/results/a-job/1",
    "s3:ListBucket data",
]
ANSWERS = ["s3:GetObject data/answers/a-key", "s3:PutObject data/answers/a-key", *TABLE]
SAVE = [f"s3:{verb}Object models/classifiers/todo/1/head.json" for verb in ("Get", "Put", "Delete")]
WIDE = {"HttpApiRole", "StreamRole"}  # what answers all that clients may save
TEXTS = {"InferRole", "HttpApiRole", "StreamRole"}  # whose texts may come from an endpoint
ELSEWHERE = [
    "sagemaker:InvokeEndpoint endpoint/${StreamEndpoint}",
    "sagemaker:InvokeEndpointWithResponseStream endpoint/${StreamEndpoint}",
]
NEEDED = {  # role → what its code calls, on what
    (TEMPLATE, "InferRole"): [
        *SUBMIT,
        *RESULTS,
        *ANSWERS,
        *ELSEWHERE,
        "s3:GetObject models/models/m/model.toml",
    ],
    (TEMPLATE, "HttpApiRole"): [
        *SUBMIT,
        *FIND,
        *INPUTS,
        *RESULTS,
        *ANSWERS,
        *SAVE,
        *ELSEWHERE,
        *(f"s3:{verb}Object data/collections/notes" for verb in ("Get", "Put", "Delete")),
    ],
    (STREAM, "StreamRole"): [
        *SUBMIT,
        *FIND,
        *INPUTS,
        *RESULTS,
        *ANSWERS,
        *SAVE,
        *ELSEWHERE,
        *(f"s3:{verb}Object data/collections/notes" for verb in ("Get", "Put", "Delete")),
    ],
    (TEMPLATE, "DirectRole"): ["s3:GetObject models/models/m/model.toml", *ANSWERS],
    (JOBS, "JobWorkerRole"): [
        *SUBMIT,
        *INPUTS,
        *RESULTS,
        "sqs:ReceiveMessage LightQueue",
        "sqs:ChangeMessageVisibility LightQueue",
        "s3:AbortMultipartUpload data/results/a-batch/output.jsonl",
    ],
    (JOBS, "UploadRole"): [*SUBMIT, *RESULTS, "sqs:SendMessage LightDeadLetters"],
    (JOBS, "JobSweeperRole"): [*SUBMIT[:-1], *FIND, *RESULTS],
    (HEAVY, "GpuDispatchRole"): [
        *TABLE,
        *FIND,
        *INPUTS,
        "s3:PutObject data/inputs/a-job",
        "s3:PutObject data/results/digits/three.png.error.json",
        "sqs:SendMessage EventsQueue",
        "sqs:ReceiveMessage HeavyQueue",
        "sqs:ChangeMessageVisibility HeavyQueue",
        "sagemaker:InvokeEndpointAsync endpoint/${Endpoint}",
    ],
    (HEAVY, "GpuResultRole"): [*TABLE, *RESULTS, "sqs:SendMessage HeavyQueue"],
    (EVENTS, "JobEventsRole"): [
        *TABLE,
        "sqs:ReceiveMessage EventsQueue",
        "sqs:SendMessage EventsQueue",
        "secretsmanager:GetSecretValue WebhookSecret",
        "events:PutEvents event-bus/${EventBus}",
        "sns:Publish EventTopic",
    ],
    (GPU, "EndpointRole"): [
        "s3:GetObject models/models/whisper/1/model.onnx",
        "s3:GetObject data/inputs/a-job",
        "s3:GetObject data/uploads/whisper/a.wav",
        "s3:PutObject data/results/endpoint/a-job/1",
        "s3:PutObject data/results/endpoint-errors/a-job/1",
        "sns:Publish SuccessTopic",
        "sns:Publish ErrorTopic",
    ],
}
CLIENTS = {"models/classifiers/*", "data/collections/*"}
READERS = {"LightQueue": "JobWorkerRole", "HeavyQueue": "GpuDispatchRole"}
READERS |= {"EventsQueue": "JobEventsRole"}
DATA = (
    r"^arn:\$\{AWS::Partition\}:s3:::"
    r"(\$\{Application\}-data-\$\{AWS::AccountId\}-\$\{AWS::Region\}|\$\{DataBucket\})"
)
MODELS = r"^arn:\$\{AWS::Partition\}:s3:::\$\{(ModelsBucket|ExistingModelsBucket)\}"


def plain(resource):
    """A resource of a statement as one short text: `LightQueue`, `data/results/*`."""
    if isinstance(resource, str):
        return resource
    (form, value), = resource.items()  # fmt: skip
    if form == "Fn::If":
        return plain(value[2])
    if form == "Fn::GetAtt":
        return value[0]
    if form == "Ref":
        return value.removesuffix("Arn").replace("DeadLetters", "LightDeadLetters")
    text = value if isinstance(value, str) else value[0]
    text = re.sub(MODELS, "models", re.sub(DATA, "data", text))
    text = re.sub(
        r"^arn:\$\{AWS::Partition\}:[a-z]+:\$\{AWS::Region\}:\$\{AWS::AccountId\}:", "", text
    )
    return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)


def allowed(path, role):
    return [
        (action, plain(resource))
        for statement in statements(role, path)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


@pytest.mark.parametrize(("path", "role"), NEEDED, ids=lambda value: str(value).split("/")[-1])
def test_a_role_may_do_what_its_code_asks_for(path, role):
    grants = allowed(path, role)
    for need in NEEDED[path, role]:
        action, resource = need.split(" ", 1)
        assert any(
            action == granted and fnmatchcase(resource, pattern.replace("[", "[[]"))
            for granted, pattern in grants
        ), need


@pytest.mark.parametrize(("path", "role"), NEEDED, ids=lambda value: str(value).split("/")[-1])
def test_a_queue_is_read_by_one_function_and_only_one_calls_the_endpoint(path, role):
    for action, resource in allowed(path, role):
        if action == "sqs:ReceiveMessage":
            assert READERS[resource] == role
        if action.startswith("sagemaker:"):
            asleep = action == "sagemaker:InvokeEndpointAsync"
            assert (role == "GpuDispatchRole") is asleep
            assert asleep or role in TEXTS
        if action.startswith("secretsmanager:"):
            assert role == "JobEventsRole"


@pytest.mark.parametrize(("path", "role"), NEEDED, ids=lambda value: str(value).split("/")[-1])
def test_nobody_deletes_anything_nor_changes_what_was_deployed(path, role):
    for action, resource in allowed(path, role):
        if resource in CLIENTS and role in WIDE:
            continue  # what clients save, clients delete
        service, verb = action.split(":")
        assert service not in {"iam", "lambda", "cloudformation", "sts"}
        assert not verb.startswith(("Delete", "Create", "Update")) or action in {
            "sqs:DeleteMessage",
            "logs:CreateLogStream",
        }


def test_kept_answers_are_items_and_objects_of_their_own():
    answers = resources("AWS::IAM::ManagedPolicy", STORE)["AnswersPolicy"]["PolicyDocument"]
    table, bucket = answers["Statement"]
    assert table["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{PREFIX}*"]}
    }
    assert bucket["Resource"]["Fn::Sub"].endswith(f"/{FOLDER}*")
    (data,) = resources("AWS::S3::Bucket", JOBS).values()
    rules = {rule.get("Prefix"): rule for rule in data["LifecycleConfiguration"]["Rules"]}
    assert rules[FOLDER]["ExpirationInDays"] * 24 * 3600 > MOST_TTL_S, "none goes before its time"


@pytest.mark.parametrize(("path", "role"), NEEDED, ids=lambda value: str(value).split("/")[-1])
def test_models_are_written_by_nobody_but_for_those_that_clients_save(path, role):
    written = {
        resource
        for action, resource in allowed(path, role)
        if resource.startswith("models") and action not in {"s3:GetObject", "s3:ListBucket"}
    }
    assert written == ({"models/classifiers/*"} if role in WIDE else set())
