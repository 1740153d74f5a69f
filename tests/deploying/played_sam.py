"""What of `sam` the command asks for: a build's folder, and a small stack in place of ours.

PLAYED_SAM says how it goes: `fail=COMMAND`, `bytes=N` of the runtime layer, `url=…` of the API.
"""

import json
import os
import re
import sys
from pathlib import Path

KNOBS = dict(each.split("=", 1) for each in os.environ.get("PLAYED_SAM", "").split() if "=" in each)
LAYERS = {"CoreLayer": "shared/", "RuntimeLayer": "layers/runtime/", "WebLayer": "layers/web/"}
LAYERS["ModelsLayer"] = "models/"
BUILD = Path(".aws-sam/build")


def note(words):
    with Path("sam.log").open("a") as log:
        log.write(json.dumps(words) + "\n")


def build():
    text = Path("template.yaml").read_text()
    for layer, source in LAYERS.items():
        text = text.replace(f"ContentUri: {source}", f"ContentUri: {layer}")
        folder = BUILD / layer / "python"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "content.bin").open("wb") as file:
            file.truncate(int(KNOBS.get("bytes", 1000)) if layer == "RuntimeLayer" else 1000)
    (BUILD / "stacks").mkdir(exist_ok=True)
    for stack in Path("stacks").glob("*.yaml"):
        (BUILD / "stacks" / stack.name).write_text(stack.read_text())
    (BUILD / "template.yaml").write_text(
        re.sub(r"CodeUri: functions", "CodeUri: ../../functions", text)
    )


def deploy():
    import boto3

    words = sys.argv
    name = words[words.index("--stack-name") + 1]
    api = KNOBS.get("url", "http://127.0.0.1:9")
    template = {
        "Parameters": {"AuthMode": {"Type": "String", "Default": "iam"}},
        "Resources": {
            "Models": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
            "Waiting": {"Type": "AWS::SQS::Queue"},
            "Former": {"Type": "AWS::SQS::Queue"},
        },
        "Outputs": {
            "ApiUrl": {"Value": api},
            "ModelsBucketName": {"Value": {"Ref": "Models"}},
            "ApiArn": {"Value": {"Fn::Sub": "arn:aws:execute-api:x:${AWS::AccountId}:api/*"}},
        },
    }
    cloud = boto3.client("cloudformation")
    there = [each["StackName"] for each in cloud.describe_stacks()["Stacks"]]
    if name in there:  # what lies in the bucket by then
        (bucket,) = boto3.client("s3").list_buckets()["Buckets"]
        listed = boto3.client("s3").list_objects_v2(Bucket=bucket["Name"])
        note(["objects", str(listed["KeyCount"])])
    else:
        cloud.create_stack(StackName=name, TemplateBody=json.dumps(template))
    print(f"made arn:aws:cloudformation:eu:123456789012:stack/{name}")


COMMAND, *WORDS = sys.argv[1:]
if Path(sys.argv[0]).name == "cfn-lint":
    COMMAND, WORDS = "cfn-lint", sys.argv[1:]
note([COMMAND, *WORDS])
print(f"sam {COMMAND}")
if KNOBS.get("fail") == COMMAND:
    print("Error: arn:aws:iam::123456789012:user/me is not authorized to perform: iam:CreateRole")
    sys.exit(1)
{"build": build, "deploy": deploy}.get(COMMAND, lambda: None)()
