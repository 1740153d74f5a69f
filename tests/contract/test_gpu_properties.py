"""stacks/gpu.yaml against the services' own descriptions: each property, its type and range."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator

from tests.house.template_file import GPU, read_template, resources

PARAMETERS: Mapping[str, Any] = {
    "Application": "samovar",
    "Image": "samovar@sha256:0123456789abcdef",
    "Preload": "whisper",
    "InstanceType": "ml.g4dn.xlarge",
    "MaxInstances": 2,
    "Concurrency": 4,
    "ModelsBucket": "models-bucket",
    "DataBucket": "data-bucket",
    "SuccessTopic": "arn:aws:sns:eu-central-1:000000000000:samovar-gpu-success",
    "ErrorTopic": "arn:aws:sns:eu-central-1:000000000000:samovar-gpu-error",
    "AlarmTopic": "arn:aws:sns:eu-central-1:000000000000:ours",
    "LogRetentionDays": 30,
    "AWS::AccountId": "000000000000",
    "AWS::Region": "eu-central-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::Partition": "aws",
    "Instances": "service-namespace/sagemaker",
}
CALLS = {
    "AWS::SageMaker::Model": ("sagemaker", "CreateModel", {"ModelName": "m"}),
    "AWS::SageMaker::EndpointConfig": (
        *("sagemaker", "CreateEndpointConfig"),
        {"EndpointConfigName": "c"},
    ),
    "AWS::SageMaker::Endpoint": ("sagemaker", "CreateEndpoint", {}),
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        *("application-autoscaling", "RegisterScalableTarget"),
        {},
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        *("application-autoscaling", "PutScalingPolicy"),
        {"ServiceNamespace": "sagemaker", "ResourceId": "r", "ScalableDimension": "d"},
    ),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}),
}
CLOUDFORMATIONS_OWN = {"ScalingTargetId"}


def resolved(value: Any) -> Any:
    """A value as CloudFormation would hand it to a service."""
    if isinstance(value, list):
        return [resolved(each) for each in value]
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("Ref", name)]:
            return PARAMETERS.get(name, f"ref-{name}")
        case [("Fn::GetAtt", parts)]:
            return "-".join(["arn:aws:iam::000000000000:role/x", *parts])
        case [("Fn::If", [_, there, _])]:
            return resolved(there)
        case [("Fn::Sub", text)]:
            return re.sub(r"\$\{([\w:.]+)\}", lambda m: str(PARAMETERS.get(m[1], m[1])), text)
    return {key: resolved(each) for key, each in value.items()}


def calls() -> Iterator[Any]:
    for name, resource in read_template(GPU)["Resources"].items():
        if resource["Type"] in CALLS:
            yield pytest.param(resource, id=name)


def enumerations(value: Any, shape: Any) -> Iterator[tuple[str, str]]:
    """Texts with the lists that they must be of, which botocore itself does not check."""
    if shape.type_name == "structure":
        for key, each in value.items():
            yield from enumerations(each, shape.members[key])
    elif shape.type_name == "list":
        for each in value:
            yield from enumerations(each, shape.member)
    elif getattr(shape, "enum", None):
        yield value, shape.enum


@pytest.mark.parametrize("resource", list(calls()))
def test_the_service_would_take_what_the_stack_says(resource):
    service, operation, more = CALLS[resource["Type"]]
    model = boto3.client(service, region_name="eu-central-1").meta.service_model
    shape = model.operation_model(operation).input_shape
    properties = resolved(resource["Properties"])
    properties = {key: properties[key] for key in set(properties) - CLOUDFORMATIONS_OWN}
    assert set(properties) <= set(shape.members)
    report = ParamValidator().validate({**more, **properties}, shape)
    assert not report.has_errors(), report.generate_report()
    for text, allowed in enumerations(properties, shape):
        assert text in allowed


def test_the_role_reads_the_repository_of_the_image_and_no_other():
    (role,) = resources("AWS::IAM::Role", GPU).values()
    (pull,) = [
        s
        for s in role["Policies"][0]["PolicyDocument"]["Statement"]
        if "ecr:BatchGetImage" in s["Action"]
    ]
    name = pull["Resource"]["Fn::Sub"][1]["Repository"]
    for image in ("samovar@sha256:01ab", "samovar:gpu"):
        assert selected(name, image) == "samovar"


def selected(value: Any, image: str) -> Any:
    """What `Select` and `Split` make of an image's name."""
    match value:
        case {"Ref": "Image"}:
            return image
        case {"Fn::Select": [index, inner]}:
            return selected(inner, image)[index]
        case {"Fn::Split": [mark, inner]}:
            return selected(inner, image).split(mark)
    raise AssertionError(value)
