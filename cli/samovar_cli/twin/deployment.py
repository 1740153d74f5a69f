"""The template deployed to the emulator through CloudFormation."""

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

from samovar_cli.twin.application import Application
from samovar_cli.twin.deployed import read_application
from samovar_cli.twin.emulator import REGION, TEST_CREDENTIALS
from samovar_cli.twin.template import CODE_BUCKET, Templates, code_folders, packaged

STACK = "samovar"
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
    return read_application(lambda service: client(service, url), STACK, url)


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


def _failures(cloudformation: Any) -> Iterator[str]:
    for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
        if event["ResourceStatus"].endswith("FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given")
            yield f"  {event['LogicalResourceId']}: {reason}"
