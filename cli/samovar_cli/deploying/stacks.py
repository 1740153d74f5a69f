"""A stack in CloudFormation: in what state it is, what it has, why it failed; and its end."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from samovar.errors import CommandFailed

from samovar_cli.deploying.account import Account, aws
from samovar_cli.deploying.redaction import masked
from samovar_cli.deploying.sam import Say

NESTED = "AWS::CloudFormation::Stack"
ABSENT = "ABSENT"
_LOOK_S = 2.0
_MOST_LOOKS = 1800
_MOST_REASONS = 6
_FOLLOWED = ("Resource creation cancelled", "The following resource(s) failed", "Embedded stack")


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it stands; state ABSENT where there is none."""

    name: str
    state: str = ABSENT
    id: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        """Whether it has anything: one that is only planned has not."""
        return self.state not in (ABSENT, "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")

    @property
    def is_busy(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.state.endswith("_IN_PROGRESS") and self.state != "REVIEW_IN_PROGRESS"

    @property
    def is_stillborn(self) -> bool:
        """Whether it was never made whole: CloudFormation takes no update of it, only its end."""
        return self.state in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")


def look(account: Account, name: str) -> Stack:
    """The stack as it stands. Raises CommandFailed."""
    from botocore.exceptions import ClientError

    with aws(f"looking for stack {name}"):
        try:
            found = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return Stack(name)
            raise
    return _stack(name, found[0]) if found else Stack(name)


def _stack(name: str, said: Mapping[str, Any]) -> Stack:
    outputs = {each["OutputKey"]: each.get("OutputValue", "") for each in said.get("Outputs", ())}
    given = said.get("Parameters", ())
    parameters = {each["ParameterKey"]: each.get("ParameterValue", "") for each in given}
    return Stack(name, said["StackStatus"], said["StackId"], outputs, parameters)


def settled(
    account: Account, name: str, say: Say, sleep: Callable[[float], None] = time.sleep
) -> Stack:
    """The stack once nobody works on it; each change of its state is said.

    Raises CommandFailed where that takes more than an hour.
    """
    told = ""
    for _ in range(_MOST_LOOKS):
        stack = look(account, name)
        if not stack.is_busy:
            return stack
        if stack.state != told:
            told = stack.state
            say(f"stack {stack.name} is {told}")
        sleep(_LOOK_S)
    raise CommandFailed(f"stack {name} is still {told} after an hour: look again later")


def resources(account: Account, name: str) -> tuple[tuple[tuple[str, ...], str, str], ...]:
    """Path of logical ids, type and physical id of each resource, inner stacks' too."""
    with aws(f"listing what stack {name} has"):
        return tuple(_resources(account.client("cloudformation"), name, ()))


def _resources(
    cloudformation: Any, name: str, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
        for each in page["StackResourceSummaries"]:
            if each["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            here, physical = (*path, each["LogicalResourceId"]), each.get("PhysicalResourceId", "")
            yield here, each["ResourceType"], physical
            if each["ResourceType"] == NESTED and physical:
                yield from _resources(cloudformation, physical, here)


def reasons(account: Account, name: str, since: datetime | None = None) -> list[str]:
    """Why resources failed, the first first; of inner stacks too. Never raises for want of them."""
    try:
        with aws("reading events"):
            found = list(_failures(account.client("cloudformation"), name, since))
    except CommandFailed:
        return []
    return list(dict.fromkeys(reversed(found)))[:_MOST_REASONS]


def _failures(cloudformation: Any, name: str, since: datetime | None) -> Iterator[str]:
    """The newest first."""
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        for each in page["StackEvents"]:
            if since is not None and each["Timestamp"].astimezone(UTC) < since:
                return
            if not each["ResourceStatus"].endswith("FAILED"):
                continue
            reason = str(each.get("ResourceStatusReason", "no reason given"))
            inner = each.get("PhysicalResourceId", "")
            if each["ResourceType"] == NESTED and inner and inner != each["StackId"]:
                yield from _failures(cloudformation, inner, since)
            elif not reason.startswith(_FOLLOWED):
                yield masked(f"{each['LogicalResourceId']}: {reason}")


def delete(account: Account, stack: Stack, say: Say) -> None:
    """Delete a stack and wait for its end. Raises CommandFailed with what would not go."""
    began = datetime.now(UTC)
    with aws(f"deleting stack {stack.name}"):
        account.client("cloudformation").delete_stack(StackName=stack.name)
    ended = settled(account, stack.id or stack.name, say)
    if ended.state not in (ABSENT, "DELETE_COMPLETE"):
        said = "\n".join(f"  {each}" for each in reasons(account, stack.name, began))
        raise CommandFailed(
            f"stack {stack.name} is {ended.state}: what is named here is in the way; remove it and "
            f"run the command again\n{said}"
        )
