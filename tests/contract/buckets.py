"""Buckets that a test has to itself."""

import uuid
from typing import Any


def new_bucket(client: Any) -> str:
    """The name of one that was made now."""
    name = f"data-{uuid.uuid4().hex}"
    where = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name
