"""What of a deployed stack streams: a function URL, or a REST API in streaming mode."""

from collections.abc import Callable, Mapping
from typing import Any

from samovar_cli.twin.application import Cors, Front, Function

_STREAMS = "response-streaming-invocations"  # how the address of such an integration ends


def read_front(
    connect: Callable[[str], Any],
    resources: list[dict[str, Any]],
    functions: tuple[Function, ...],
) -> Front | None:
    """The one that streams; None where the stack has none. `connect` makes a service's client."""
    kinds = {entry["ResourceType"]: entry["PhysicalResourceId"] for entry in resources}
    if "AWS::Lambda::Url" in kinds:
        return _by_url(connect("lambda"), functions)
    if "AWS::ApiGateway::Stage" in kinds:
        api = kinds["AWS::ApiGateway::RestApi"]
        return _by_rest(connect("apigateway"), api, functions)
    return None


def _by_url(service: Any, functions: tuple[Function, ...]) -> Front | None:
    for function in functions:
        for found in service.list_function_url_configs(FunctionName=function.name)[
            "FunctionUrlConfigs"
        ]:
            if found.get("InvokeMode") == "RESPONSE_STREAM":
                return Front(function.logical, cors=read_cors(found.get("Cors", {})))
    return None


def _by_rest(service: Any, api: str, functions: tuple[Function, ...]) -> Front | None:
    stage = service.get_stages(restApiId=api)["item"][0]["stageName"]
    for resource in service.get_resources(restApiId=api)["items"]:
        for method in resource.get("resourceMethods", {}):
            found = service.get_integration(
                restApiId=api, resourceId=resource["id"], httpMethod=method
            )
            for function in functions:
                if function.arn in found["uri"] and found["uri"].endswith(_STREAMS):
                    return Front(function.logical, stage)
    return None


def read_cors(found: Mapping[str, Any]) -> Cors:
    """What a service says of browsers' calls."""
    return Cors(
        origins=tuple(found.get("AllowOrigins", ())),
        methods=tuple(found.get("AllowMethods", ())),
        headers=tuple(found.get("AllowHeaders", ())),
        expose=tuple(found.get("ExposeHeaders", ())),
        max_age_s=found.get("MaxAge"),
        credentials=bool(found.get("AllowCredentials")),
    )
