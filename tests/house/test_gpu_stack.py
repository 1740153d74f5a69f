"""What stacks/gpu.yaml promises: an endpoint that sleeps at zero, wakes, and may do little."""

from tests.house.template_file import GPU, JOBS, listed, read_template, resources, statements

TEMPLATE = read_template()
(CONFIG,) = resources("AWS::SageMaker::EndpointConfig", GPU).values()
(VARIANT,) = CONFIG["ProductionVariants"]
(MODEL,) = resources("AWS::SageMaker::Model", GPU).values()
(TARGET,) = resources("AWS::ApplicationAutoScaling::ScalableTarget", GPU).values()
POLICIES = resources("AWS::ApplicationAutoScaling::ScalingPolicy", GPU)
ALARMS = resources("AWS::CloudWatch::Alarm", GPU)
METRICS = {  # of asynchronous endpoints; no other is published (Amazon's developer guide)
    "ApproximateBacklogSize", "ApproximateBacklogSizePerInstance", "ApproximateAgeOfOldestRequest",
    "HasBacklogWithoutCapacity", "TimeInBacklog", "TotalProcessingTime", "ExpiredRequests",
    "InvocationFailures", "RequestDownloadFailures",
    "ResponseUploadFailures", "NotificationFailures",
}  # fmt: skip
ENDPOINT = [{"Name": "EndpointName", "Value": {"Fn::GetAtt": ["Endpoint", "EndpointName"]}}]


def test_without_gpu_nothing_of_it_is_there():
    assert TEMPLATE["Parameters"]["Gpu"]["Default"] == "off"
    assert TEMPLATE["Conditions"]["UseHeavy"] == {"Fn::Equals": [{"Ref": "Gpu"}, "on"]}
    assert TEMPLATE["Resources"]["Heavy"]["Condition"] == "UseHeavy"
    assert TEMPLATE["Resources"]["GpuEndpoint"]["Condition"] == "MakeEndpoint"
    asked, named = TEMPLATE["Conditions"]["MakeEndpoint"]["Fn::And"]
    assert asked == {"Condition": "UseHeavy"}
    assert named == {"Fn::Equals": [{"Ref": "ExistingEndpoint"}, ""]}


def test_what_is_of_the_heavy_lane_is_asked_for_under_its_condition_only():
    told = str(TEMPLATE["Globals"]) + str(TEMPLATE["Resources"])
    asked = told.count("{'Fn::GetAtt': ['Heavy', 'Outputs',")
    guarded = told.count("{'Fn::If': ['UseHeavy', {'Fn::GetAtt': ['Heavy', 'Outputs',")
    endpoint = str(TEMPLATE["Resources"]["GpuEndpoint"]).count("['Heavy', 'Outputs',")
    assert asked == guarded + endpoint


def test_the_endpoint_sleeps_at_zero_and_grows_no_further_than_it_may():
    assert TARGET["MinCapacity"] == 0
    assert TARGET["MaxCapacity"] == {"Ref": "MaxInstances"}
    variant = VARIANT["VariantName"]
    assert TARGET["ResourceId"]["Fn::Sub"] == (
        f"endpoint/${{Endpoint.EndpointName}}/variant/{variant}"
    )
    assert TARGET["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"


def test_it_grows_by_the_backlog_of_each_instance():
    (tracking,) = [each for each in POLICIES.values() if each["PolicyType"].startswith("Target")]
    config = tracking["TargetTrackingScalingPolicyConfiguration"]
    metric = config["CustomizedMetricSpecification"]
    assert metric["MetricName"] == "ApproximateBacklogSizePerInstance"
    assert (metric["Namespace"], metric["Dimensions"]) == ("AWS/SageMaker", ENDPOINT)
    assert config["TargetValue"] == {"Ref": "Concurrency"}


def test_the_first_waiting_call_wakes_it():
    """Without this step it stays at zero until the backlog is over the target."""
    (step,) = [name for name, each in POLICIES.items() if each["PolicyType"] == "StepScaling"]
    steps = POLICIES[step]["StepScalingPolicyConfiguration"]
    assert steps["AdjustmentType"] == "ChangeInCapacity"
    assert steps["StepAdjustments"] == [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]
    (alarm,) = [each for each in ALARMS.values() if each["AlarmActions"] == [{"Ref": step}]]
    assert alarm["MetricName"] == "HasBacklogWithoutCapacity"
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (60, 2, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_every_alarm_asks_for_a_metric_that_is_published():
    for alarm in ALARMS.values():
        assert alarm["Namespace"] == "AWS/SageMaker"
        assert alarm["MetricName"] in METRICS
        assert alarm["Dimensions"] == ENDPOINT


def test_answers_and_errors_land_where_the_jobs_look_for_them():
    output = CONFIG["AsyncInferenceConfig"]["OutputConfig"]
    assert output["S3OutputPath"] == {"Fn::Sub": "s3://${DataBucket}/results/endpoint"}
    assert output["S3FailurePath"] == {"Fn::Sub": "s3://${DataBucket}/results/endpoint-errors"}
    notices = output["NotificationConfig"]
    assert notices == {"SuccessTopic": {"Ref": "SuccessTopic"}, "ErrorTopic": {"Ref": "ErrorTopic"}}
    (bucket,) = resources("AWS::S3::Bucket", JOBS).values()
    called_by = bucket["NotificationConfiguration"]["LambdaConfigurations"][0]["Filter"]
    assert called_by["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]


def test_the_driver_is_one_that_the_container_can_run_on():
    """Without it an instance has NVIDIA's driver 470, for CUDA 11; the image has CUDA 12."""
    assert VARIANT["InferenceAmiVersion"] == "al2-ami-sagemaker-inference-gpu-3-1"


def test_the_container_has_no_network_and_waits_as_long_as_a_call_may_take():
    assert MODEL["EnableNetworkIsolation"] is True
    environment = MODEL["PrimaryContainer"]["Environment"]
    assert environment["SAMOVAR_TIMEOUT_S"] == "3600"


def test_its_role_reads_inputs_and_writes_answers_and_nothing_more():
    puts = [s for s in statements("EndpointRole", GPU) if "s3:PutObject" in listed(s["Action"])]
    written = {resource["Fn::Sub"] for s in puts for resource in listed(s["Resource"])}
    base = "arn:${AWS::Partition}:s3:::${DataBucket}/results"
    assert written == {f"{base}/endpoint/*", f"{base}/endpoint-errors/*"}
    actions = {action for s in statements("EndpointRole", GPU) for action in listed(s["Action"])}
    services = {action.split(":")[0] for action in actions}
    assert services == {"s3", "ecr", "sns", "logs", "cloudwatch"}
    assert "s3:DeleteObject" not in actions


def test_only_sagemaker_takes_the_role_and_only_one_repository_is_read():
    (role,) = resources("AWS::IAM::Role", GPU).values()
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    (pull,) = [s for s in statements("EndpointRole", GPU) if "ecr:BatchGetImage" in s["Action"]]
    assert pull["Resource"]["Fn::Sub"][0].endswith(":repository/${Repository}")
