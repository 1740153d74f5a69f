"""What stacks/jobs.yaml promises an operator, read from the file itself."""

from samovar.job_runs import RunLimits
from samovar.submission import JobLimits

from tests.house.template_file import JOBS, read_template, resources, statements

FUNCTIONS = resources("AWS::Lambda::Function", JOBS)
(BUCKET,) = resources("AWS::S3::Bucket", JOBS).values()
(MAPPING,) = resources("AWS::Lambda::EventSourceMapping", JOBS).values()
LIMITS = RunLimits()


def test_a_lease_lasts_as_long_as_a_worker_may_run():
    assert LIMITS.lease_ms >= FUNCTIONS["JobWorkerFunction"]["Timeout"] * 1000


def test_the_queue_asks_which_messages_failed_and_fills_a_batch():
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert MAPPING["BatchSize"] == {"Ref": "WorkerBatch"}
    assert read_template(JOBS)["Parameters"]["WorkerBatch"]["MaxValue"] == LIMITS.max_batch
    usual = read_template()["Parameters"]
    assert usual["JobBatch"]["Default"] == usual["JobBatch"]["MaxValue"] == LIMITS.max_batch
    assert usual["JobWindow"]["Default"] >= 1, "AWS asks for it where a batch is over 10"
    assert MAPPING["ScalingConfig"]["MaximumConcurrency"]


def test_the_data_bucket_is_private_encrypted_and_outlives_the_stack():
    bucket = read_template(JOBS)["Resources"]["DataBucket"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert all(BUCKET["PublicAccessBlockConfiguration"].values())
    assert BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_only_uploads_call_a_function_and_only_our_bucket_may():
    (told,) = BUCKET["NotificationConfiguration"]["LambdaConfigurations"]
    assert told["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]
    permission = resources("AWS::Lambda::Permission", JOBS)["UploadPermission"]
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    name = BUCKET["BucketName"]["Fn::Sub"]
    assert permission["SourceArn"]["Fn::Sub"].endswith(f":{name}")


def test_an_upload_that_could_not_be_told_of_is_not_forgotten():
    letters = FUNCTIONS["UploadFunction"]["DeadLetterConfig"]["TargetArn"]
    assert letters == {"Ref": "DeadLettersArn"}
    allowed = [s for s in statements("UploadRole", JOBS) if s["Resource"] == letters]
    assert [statement["Action"] for statement in allowed] == ["sqs:SendMessage"]


def test_what_users_uploaded_is_never_thrown_away():
    rules = BUCKET["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    assert set(expiring) == {"inputs/", "results/", "answers/"}
    assert all(days * 86400 > JobLimits().keep_s for days in expiring.values())


def test_lost_jobs_are_looked_for_more_often_than_they_are_given_up():
    (rule,) = resources("AWS::Events::Rule", JOBS).values()
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert JobLimits().orphan_ms >= 60_000
