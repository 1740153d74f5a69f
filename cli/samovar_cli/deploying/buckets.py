"""The buckets that outlive a stack: whether they are there, what is in them, and their end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from samovar.errors import CommandFailed

from samovar_cli.deploying.account import Account, aws, code_of

_ABSENT = frozenset({"404", "NoSuchBucket", "NotFound"})
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in a bucket, older versions aside."""

    name: str
    objects: int
    bytes: int


def data_bucket(stack: str, account: Account) -> str:
    """The data bucket's name, which stacks/jobs.yaml makes of the stack's."""
    return f"{stack}-data-{account.id}-{account.region}"


def is_there(account: Account, name: str) -> bool:
    """Whether the bucket is there and ours. Raises CommandFailed where it is another's."""
    from botocore.exceptions import ClientError

    with aws(f"looking for bucket {name}"):
        try:
            account.client("s3").head_bucket(Bucket=name)
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return False
            raise
    return True


def check_left(account: Account, name: str, stack: str) -> None:
    """Raises CommandFailed where a bucket of an earlier stack is in a new one's way."""
    if is_there(account, name):
        raise CommandFailed(
            f"an earlier stack {stack} left its data bucket ({stack}-data-…), and a new one makes "
            "one of that name. `samovar destroy --buckets` deletes it with all that is in it, or "
            "choose another stack with --stack"
        )


def contents(account: Account, name: str) -> Contents:
    """How much lies in a bucket."""
    count = total = 0
    with aws(f"looking into bucket {name}"):
        pages = account.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=name):
            count += len(page.get("Contents", ()))
            total += sum(each["Size"] for each in page.get("Contents", ()))
    return Contents(name, count, total)


def delete_bucket(account: Account, name: str, say: Callable[[str], None]) -> None:
    """Delete a bucket with every version of every object. Done already is done."""
    if not is_there(account, name):
        return
    with aws(f"emptying bucket {name}"):
        client, gone = account.client("s3"), 0
        pages = client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=name, PaginationConfig={"PageSize": _PAGE}):
            gone += _delete(client, name, page)
            say(f"{gone} objects and versions deleted")
        client.delete_bucket(Bucket=name)


def _delete(client: Any, name: str, page: Any) -> int:
    """How many of a page were deleted. Raises CommandFailed with the first that was not."""
    listed = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
    if not listed:
        return 0
    keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
    answer = client.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    if errors := answer.get("Errors"):
        raise CommandFailed(f"{errors[0]['Key']} cannot be deleted: {errors[0].get('Message')}")
    return len(keys)
