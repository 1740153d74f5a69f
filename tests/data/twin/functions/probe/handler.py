"""A function that does what its event asks for, so that a test sees how the twin takes it."""

import json
import os
import sys
import time
from pathlib import Path


def handler(event, context):
    if "rawPath" in event:
        return over_http(event)
    if "Records" in event:
        return over_queue(event)
    return ACTIONS[event["do"]](event, context)


def over_queue(event):
    for record in event["Records"]:
        count = record["attributes"]["ApproximateReceiveCount"]
        print(f"record {record['body']} received {count}")
        if record["body"] == "fails once" and count == "1":
            raise ValueError("asked to")


def over_http(event):
    asked = json.loads((event.get("headers") or {}).get("x-return") or "null")
    if asked is not None:
        return asked["value"]
    if event["rawPath"].startswith("/raise"):
        raise ValueError("asked to")
    if "seconds" in event.get("pathParameters", ()):
        time.sleep(float(event["pathParameters"]["seconds"]))
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(event),
    }


def fail(event, context):
    raise ValueError(event["message"])


def context_of(event, context):
    return {
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "client": context.client_context.custom if context.client_context else None,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
    }


def importable(event, context):
    found = {}
    for name in event["modules"]:
        try:
            found[name] = getattr(__import__(name), "__file__", "")
        except ImportError:
            found[name] = None
    return found


ACTIONS = {
    "echo": lambda event, context: event,
    "pid": lambda event, context: os.getpid(),
    "sleep": lambda event, context: (time.sleep(event["seconds"]), os.getpid())[1],
    "raise": fail,
    "exit": lambda event, context: os._exit(event["status"]),
    "kill": lambda event, context: os.kill(os.getpid(), event["signal"]),
    "print": lambda event, context: print(event["text"]),
    "size": lambda event, context: "x" * event["bytes"],
    "environ": lambda event, context: dict(os.environ),
    "path": lambda event, context: {"cwd": str(Path.cwd()), "path": sys.path},
    "context": context_of,
    "importable": importable,
}
