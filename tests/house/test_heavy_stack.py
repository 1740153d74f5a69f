"""What stacks/heavy.yaml promises: the heavy lane between its queue and its endpoint."""

from samovar.heavy_dispatch import DispatchLimits
from samovar.submission import JobLimits

from tests.house.template_file import HEAVY, listed, read_template, resources, statements

FUNCTIONS = resources("AWS::Lambda::Function", HEAVY)
QUEUES = resources("AWS::SQS::Queue", HEAVY)
TOPICS = resources("AWS::SNS::Topic", HEAVY)
PERMISSIONS = resources("AWS::Lambda::Permission", HEAVY)
(MAPPING,) = resources("AWS::Lambda::EventSourceMapping", HEAVY).values()
NOTICES = {"Fn::GetAtt": ["NoticeDeadLetters", "Arn"]}


def allowed(role):
    return {action for s in statements(role, HEAVY) for action in listed(s["Action"])}


def test_waiting_for_the_endpoint_never_leads_to_the_dead_letters():
    """A message is kept for 7 days; 1,000 tries last longer at a quarter of an hour each."""
    redrive = QUEUES["HeavyQueue"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 1000
    assert QUEUES["HeavyQueue"]["MessageRetentionPeriod"] >= JobLimits().keep_s


def test_a_message_is_hidden_six_times_as_long_as_the_dispatcher_may_take():
    timeout = FUNCTIONS["GpuDispatchFunction"]["Timeout"]
    assert QUEUES["HeavyQueue"]["VisibilityTimeout"] >= 6 * timeout
    assert DispatchLimits().reserve_ms < timeout * 1000 / 2


def test_few_dispatchers_take_small_batches_and_say_which_messages_to_keep():
    assert MAPPING["EventSourceArn"] == {"Fn::GetAtt": ["HeavyQueue", "Arn"]}
    assert MAPPING["BatchSize"] == 10
    assert MAPPING["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_dispatcher_calls_one_endpoint_and_nothing_else_of_sagemaker():
    (call,) = [s for s in statements("GpuDispatchRole", HEAVY) if "sagemaker" in str(s["Action"])]
    assert call["Action"] == "sagemaker:InvokeEndpointAsync"
    assert call["Resource"]["Fn::Sub"].endswith(":endpoint/${Endpoint}")


def test_both_topics_tell_the_function_and_only_they_may():
    assert {each["SourceArn"]["Ref"] for each in PERMISSIONS.values()} == set(TOPICS)
    for permission in PERMISSIONS.values():
        assert permission["Principal"] == "sns.amazonaws.com"
    subscriptions = resources("AWS::SNS::Subscription", HEAVY).values()
    assert {each["TopicArn"]["Ref"] for each in subscriptions} == set(TOPICS)
    for each in subscriptions:
        assert each["Endpoint"] == {"Fn::GetAtt": ["GpuResultFunction", "Arn"]}


def test_a_subscription_waits_for_the_permission_to_call():
    for name, each in read_template(HEAVY)["Resources"].items():
        if each["Type"] == "AWS::SNS::Subscription":
            assert each["DependsOn"] == name.replace("Subscription", "Permission")


def test_a_notice_that_nobody_took_is_kept_on_both_ways_there():
    assert FUNCTIONS["GpuResultFunction"]["DeadLetterConfig"] == {"TargetArn": NOTICES}
    for each in resources("AWS::SNS::Subscription", HEAVY).values():
        assert each["RedrivePolicy"] == {"deadLetterTargetArn": NOTICES}
    (policy,) = resources("AWS::SQS::QueuePolicy", HEAVY).values()
    _, undelivered = policy["PolicyDocument"]["Statement"]
    assert undelivered["Principal"] == {"Service": "sns.amazonaws.com"}
    sources = undelivered["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {source["Ref"] for source in sources} == set(TOPICS)


def test_only_the_dispatcher_takes_messages_and_only_the_results_give_them_up():
    assert "sqs:ReceiveMessage" in allowed("GpuDispatchRole")
    assert "sqs:ReceiveMessage" not in allowed("GpuResultRole")
    assert not {"sns:Publish", "sagemaker:InvokeEndpointAsync"} & allowed("GpuResultRole")


def test_each_dead_letter_rings():
    watched = [
        each["Dimensions"][0] for each in resources("AWS::CloudWatch::Alarm", HEAVY).values()
    ]
    queues = {each["Value"]["Fn::GetAtt"][0] for each in watched}
    assert queues == {"HeavyQueue", "HeavyDeadLetters", "NoticeDeadLetters"}
