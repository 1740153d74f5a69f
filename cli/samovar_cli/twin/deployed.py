"""What a deployed stack came to: what CloudFormation resolved, read back from each service."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from samovar.errors import CommandFailed

from samovar_cli.twin.application import Application, Cors, Function, Route
from samovar_cli.twin.fronts import read_cors, read_front
from samovar_cli.twin.mappings import QueueMapping

_NESTED = "AWS::CloudFormation::Stack"
Connect = Callable[[str], Any]


def read_application(connect: Connect, stack: str, url: str) -> Application:
    """The deployed stack as values. `connect` makes a client of a service at `url`."""
    resources, declared = _stack(connect("cloudformation"), stack)
    functions = tuple(_functions(connect("lambda"), resources, declared))
    routes, cors, api_id = _api(connect("apigatewayv2"), resources, functions)
    names = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for entry in resources}
    types = {entry["LogicalResourceId"]: entry["ResourceType"] for entry in resources}
    mappings = tuple(_mappings(connect("lambda"), connect("sqs"), functions))
    front = read_front(connect, resources, functions)
    return Application(functions, routes, cors, api_id, names, types, url, mappings, front)


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


def _mappings(service: Any, sqs: Any, functions: tuple[Function, ...]) -> Iterator[QueueMapping]:
    """The event source mappings of queues; ministack's own pollers are turned off."""
    logical = {function.arn: function.logical for function in functions}
    for entry in service.list_event_source_mappings()["EventSourceMappings"]:
        arn = entry["EventSourceArn"]
        if ":sqs:" not in arn:
            continue
        service.update_event_source_mapping(UUID=entry["UUID"], Enabled=False)
        most = entry.get("ScalingConfig", {}).get("MaximumConcurrency")
        yield QueueMapping(
            function=logical[entry["FunctionArn"]],
            queue_url=sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"],
            queue_arn=arn,
            batch=int(entry.get("BatchSize", 10)),
            window_s=float(entry.get("MaximumBatchingWindowInSeconds", 0)),
            most=int(most) if most is not None else None,
            partial="ReportBatchItemFailures" in entry.get("FunctionResponseTypes", ()),
        )


def _api(
    service: Any, resources: list[dict[str, Any]], functions: tuple[Function, ...]
) -> tuple[tuple[Route, ...], Cors, str]:
    """The routes of the template's HTTP API; none when it has no API."""
    for entry in resources:
        if entry["ResourceType"] == "AWS::ApiGatewayV2::Api":
            api_id = entry["PhysicalResourceId"]
            cors = service.get_api(ApiId=api_id).get("CorsConfiguration", {})
            return tuple(_routes(service, api_id, functions)), read_cors(cors), api_id
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
