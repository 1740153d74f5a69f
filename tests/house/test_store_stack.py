"""What stacks/store.yaml keeps, and for how long."""

import re

from samovar.adapters.dynamodb import TABLE, TTL
from samovar.job_runs import RunLimits
from samovar.submission import JobLimits

from tests.house.template_file import JOBS, STORE, read_template, resources

QUEUES = resources("AWS::SQS::Queue", STORE)
(WORKER_MAPPING,) = resources("AWS::Lambda::EventSourceMapping", JOBS).values()
WORKER = resources("AWS::Lambda::Function", JOBS)["JobWorkerFunction"]
LIMITS = RunLimits()


def test_the_table_is_the_one_that_the_adapter_speaks_to():
    (table,) = resources("AWS::DynamoDB::Table", STORE).values()
    for key in ("KeySchema", "BillingMode"):
        assert table[key] == TABLE[key]
    for key in ("AttributeDefinitions", "GlobalSecondaryIndexes"):
        assert sorted(table[key], key=str) == sorted(TABLE[key], key=str)
    assert table["TimeToLiveSpecification"] == {"AttributeName": TTL, "Enabled": True}


def test_a_message_is_hidden_six_times_as_long_as_a_worker_may_take():
    assert WORKER_MAPPING["MaximumBatchingWindowInSeconds"] == {"Ref": "WorkerWindow"}
    window = read_template(JOBS)["Parameters"]["WorkerWindow"]["MaxValue"]
    assert QUEUES["LightQueue"]["VisibilityTimeout"] >= 6 * WORKER["Timeout"] + window


def test_the_queue_gives_a_message_up_when_the_worker_says_so():
    redrive = QUEUES["LightQueue"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == LIMITS.max_receives
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["LightDeadLetters", "Arn"]}
    assert QUEUES["LightQueue"]["MessageRetentionPeriod"] >= JobLimits().keep_s


def test_the_models_bucket_is_private_encrypted_and_outlives_the_stack():
    bucket = read_template(STORE)["Resources"]["ModelsBucket"]
    properties = bucket["Properties"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_policies_name_the_data_bucket_by_the_name_that_it_gets():
    (bucket,) = resources("AWS::S3::Bucket", JOBS).values()
    name = bucket["BucketName"]["Fn::Sub"]
    for policy in ("SubmitJobsPolicy", "ReadInputsPolicy", "ResultsPolicy"):
        document = str(resources("AWS::IAM::ManagedPolicy", STORE)[policy])
        named = re.findall(r"arn:\$\{AWS::Partition\}:s3:::([^'/]+)", document)
        assert set(named) == {name}


def test_whoever_may_read_may_also_see_that_something_is_not_there():
    for policy in ("ReadModelsPolicy", "ReadInputsPolicy", "ResultsPolicy"):
        document = resources("AWS::IAM::ManagedPolicy", STORE)[policy]["PolicyDocument"]
        _, listing = document["Statement"]
        assert listing["Action"] == "s3:ListBucket"
        assert list(listing["Condition"]) == ["StringLikeIfExists"]
