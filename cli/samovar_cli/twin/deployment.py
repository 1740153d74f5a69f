"""The template deployed to the emulator through CloudFormation, and read back resolved."""

import io
import json
import posixpath
import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from samovar.errors import CommandFailed

from samovar_cli.twin.application import Application, Cors, Function, Route
from samovar_cli.twin.emulator import REGION, TEST_CREDENTIALS
from samovar_cli.twin.template import CODE_BUCKET, Templates, code_folders, packaged

STACK = "samovar"
_NESTED = "AWS::CloudFormation::Stack"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


def client(service: str, url: str) -> Any:
    """A client of the emulator with test credentials, whatever this machine's profile says."""
    create = cast("Any", boto3).client  # its stubs know each service by a literal only
    return create(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=TEST_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=TEST_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def deploy(url: str, templates: Templates, parameters: Mapping[str, str]) -> Application:
    """The first template deployed as a new stack, the others as stacks inside it.

    Raises CommandFailed with each resource's reason.
    """
    _put_code(url, templates)
    template = next(iter(templates.values()))
    cloudformation = client("cloudformation", url)
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(packaged(template)),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            Capabilities=_CAPABILITIES,
        )
    except ClientError as error:
        raise CommandFailed(
            f"template.yaml was refused: {error.response['Error']['Message']}"
        ) from None
    _wait(cloudformation)
    _number_concurrency(client("lambda", url))
    return read_application(url)


def read_application(url: str) -> Application:
    """The deployed stack as values: what CloudFormation resolved is asked of each service."""
    resources, declared = _stack(client("cloudformation", url), STACK)
    functions = tuple(_functions(client("lambda", url), resources, declared))
    routes, cors, api_id = _api(client("apigatewayv2", url), resources, functions)
    names = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for entry in resources}
    types = {entry["LogicalResourceId"]: entry["ResourceType"] for entry in resources}
    return Application(functions, routes, cors, api_id, names, types, url)


def _stack(
    cloudformation: Any, name: str
) -> tuple[list[dict[str, Any]], dict[str, Mapping[str, Any]]]:
    """A stack's resources, those of the stacks inside it too, and what templates say of them."""
    listed = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    processed = cloudformation.get_template(StackName=name, TemplateStage="Processed")
    body = processed["TemplateBody"]
    declared = dict((json.loads(body) if isinstance(body, str) else body)["Resources"])
    resources = [entry for entry in listed if entry["ResourceType"] != _NESTED]
    for entry in listed:
        if entry["ResourceType"] == _NESTED:
            inner, said = _stack(cloudformation, entry["PhysicalResourceId"])
            resources += inner
            declared |= said
    return resources, declared


def _put_code(url: str, templates: Templates) -> None:
    """A stand-in for each code folder: the twin runs the folders themselves. And the
    templates of nested stacks, which CloudFormation fetches.
    """
    storage = client("s3", url)
    storage.create_bucket(Bucket=CODE_BUCKET)
    stand_in = io.BytesIO()
    with zipfile.ZipFile(stand_in, "w") as archive:
        archive.writestr("handler.py", "# The twin runs the folder itself.\n")
    for name, template in templates.items():
        folder = posixpath.dirname(name)
        body = json.dumps(packaged(template, folder)).encode()
        storage.put_object(Bucket=CODE_BUCKET, Key=name, Body=body)
        for code in code_folders(template, folder):
            storage.put_object(Bucket=CODE_BUCKET, Key=code, Body=stand_in.getvalue())


def _wait(cloudformation: Any) -> None:
    while True:
        status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if status != "CREATE_IN_PROGRESS":
            reasons = "\n".join(_failures(cloudformation))
            raise CommandFailed(f"template.yaml could not be deployed to the twin:\n{reasons}")
        time.sleep(0.02)


def _number_concurrency(service: Any) -> None:
    """Set what came by a template's parameter again, as a number.

    ministack keeps it as text, on which its poller fails: nothing would be delivered.
    """
    for mapping in service.list_event_source_mappings()["EventSourceMappings"]:
        most = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        if most is not None:
            service.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(most)}
            )


def _failures(cloudformation: Any) -> Iterator[str]:
    for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
        if event["ResourceStatus"].endswith("FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given")
            yield f"  {event['LogicalResourceId']}: {reason}"


def _functions(
    service: Any, resources: list[dict[str, Any]], declared: Mapping[str, Any]
) -> Iterator[Function]:
    layers = {
        entry["PhysicalResourceId"]: declared[entry["LogicalResourceId"]]["Properties"]["Content"]
        for entry in resources
        if entry["ResourceType"] == "AWS::Lambda::LayerVersion"
    }
    for entry in resources:
        if entry["ResourceType"] == "AWS::Lambda::Function":
            name = entry["PhysicalResourceId"]
            properties = declared[entry["LogicalResourceId"]]["Properties"]
            answer = service.get_function(FunctionName=name)
            found, limit = answer["Configuration"], answer.get("Concurrency", {})
            yield Function(
                logical=entry["LogicalResourceId"],
                name=name,
                arn=found["FunctionArn"],
                code=properties["Code"]["S3Key"],
                handler=found["Handler"],
                runtime=found["Runtime"],
                layers=tuple(layers[layer["Arn"]]["S3Key"] for layer in found.get("Layers", ())),
                environment=found.get("Environment", {}).get("Variables", {}),
                timeout_s=found["Timeout"],
                memory_mb=found["MemorySize"],
                reserved=limit.get("ReservedConcurrentExecutions"),
                log_format=found.get("LoggingConfig", {}).get("LogFormat", "Text"),
            )


def _api(
    service: Any, resources: list[dict[str, Any]], functions: tuple[Function, ...]
) -> tuple[tuple[Route, ...], Cors, str]:
    """The routes of the template's HTTP API; none when it has no API."""
    for entry in resources:
        if entry["ResourceType"] == "AWS::ApiGatewayV2::Api":
            api_id = entry["PhysicalResourceId"]
            cors = service.get_api(ApiId=api_id).get("CorsConfiguration", {})
            return tuple(_routes(service, api_id, functions)), _cors(cors), api_id
    return (), Cors(), "local"


def _routes(service: Any, api_id: str, functions: tuple[Function, ...]) -> Iterator[Route]:
    by_arn = {function.arn: function.logical for function in functions}
    integrations = service.get_integrations(ApiId=api_id)["Items"]
    by_id = {entry["IntegrationId"]: entry for entry in integrations}
    for route in service.get_routes(ApiId=api_id)["Items"]:
        integration = by_id[route["Target"].removeprefix("integrations/")]
        if integration.get("PayloadFormatVersion") != "2.0":
            raise CommandFailed(f"route {route['RouteKey']}: set PayloadFormatVersion to '2.0'")
        uri = integration["IntegrationUri"]
        arn = next((arn for arn in by_arn if arn in uri), None)
        if arn is None:
            raise CommandFailed(f"route {route['RouteKey']}: {uri} is no function of the template")
        yield Route(route["RouteKey"], by_arn[arn])


def _cors(found: Mapping[str, Any]) -> Cors:
    return Cors(
        origins=tuple(found.get("AllowOrigins", ())),
        methods=tuple(found.get("AllowMethods", ())),
        headers=tuple(found.get("AllowHeaders", ())),
        expose=tuple(found.get("ExposeHeaders", ())),
        max_age_s=found.get("MaxAge"),
        credentials=bool(found.get("AllowCredentials")),
    )
