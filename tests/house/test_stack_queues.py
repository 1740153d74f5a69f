"""What passes through the stacks is kept safe, and only one of them costs by the hour."""

import pytest

from tests.house.template_file import GPU, STACKS, read_template, resources

each_stack = pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)


def of_type(path, *types):
    found = read_template(path)["Resources"].values()
    return [each for each in found if each["Type"] in types]


@each_stack
def test_what_messages_and_objects_pass_through_speaks_tls_only(path):
    kept = of_type(path, "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket")
    held = of_type(path, "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
    covered = 0
    for each in held:
        properties = each["Properties"]
        statement = properties["PolicyDocument"]["Statement"][0]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        covered += len(properties.get("Queues") or properties.get("Topics") or ["the bucket"])
    assert covered == len(kept)


@each_stack
def test_queues_are_encrypted_and_those_that_functions_read_give_up_into_another(path):
    queues = resources("AWS::SQS::Queue", path)
    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())
    letters = {
        queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for queue in queues.values()
        if "RedrivePolicy" in queue
    }
    assert letters <= set(queues)
    for queue in letters:
        assert queues[queue]["MessageRetentionPeriod"] == 14 * 86400


def test_no_stack_but_the_endpoints_has_what_costs_by_the_hour():
    dear = ("AWS::SageMaker::", "AWS::EC2::", "AWS::ECS::", "AWS::RDS::")
    for path in STACKS:
        types = {each["Type"] for each in read_template(path)["Resources"].values()}
        assert (path == GPU) == any(kind.startswith(dear) for kind in types)
