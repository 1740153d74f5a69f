"""States of a stack and refusals of an account, each told with the way out."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, SSOTokenLoadError
from botocore.stub import Stubber
from samovar.errors import CommandFailed
from samovar_cli.deploying import stacks
from samovar_cli.deploying.account import Account, aws, open_account
from samovar_cli.deploying.advice import advice
from samovar_cli.deploying.preparing import check_state
from samovar_cli.deploying.redaction import masked
from samovar_cli.deploying.stacks import Stack

from tests.deploying.conftest import ACCOUNT_ID, REGION

NOW = datetime.now(UTC)


@pytest.fixture
def account(clients):
    return Account(None, ACCOUNT_ID, REGION, clients)


@pytest.fixture
def cloudformation(clients):
    with Stubber(clients["cloudformation"]) as stub:
        yield stub
        stub.assert_no_pending_responses()


def described(state, **more):
    one = {
        "StackName": "s",
        "StackId": f"arn:{'x' * 20}",
        "CreationTime": NOW,
        "StackStatus": state,
    }
    return {"Stacks": [one | more]}


def test_a_stack_that_is_not_there_is_absent(account, cloudformation):
    cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack s does not exist")
    found = stacks.look(account, "s")
    assert (found.state, found.is_there, found.is_busy) == ("ABSENT", False, False)


def test_outputs_and_parameters_of_a_stack_are_read(account, cloudformation):
    outputs = [{"OutputKey": "ApiUrl", "OutputValue": "https://x"}]
    given = [{"ParameterKey": "Gpu", "ParameterValue": "on"}]
    told = described("UPDATE_COMPLETE", Outputs=outputs, Parameters=given)
    cloudformation.add_response("describe_stacks", told)
    found = stacks.look(account, "s")
    assert (dict(found.outputs), dict(found.parameters)) == ({"ApiUrl": "https://x"}, {"Gpu": "on"})


def test_a_stack_that_somebody_works_on_is_waited_for(account, cloudformation):
    for state in (*["UPDATE_IN_PROGRESS"] * 3, "UPDATE_COMPLETE"):
        cloudformation.add_response("describe_stacks", described(state))
    told, slept = [], []
    found = stacks.settled(account, "s", told.append, slept.append)
    assert (found.state, len(slept)) == ("UPDATE_COMPLETE", 3)
    assert told == ["stack s is UPDATE_IN_PROGRESS"], "once"


@pytest.mark.parametrize(
    ("state", "there", "busy", "stillborn"),
    [
        ("CREATE_COMPLETE", True, False, False),
        ("UPDATE_ROLLBACK_COMPLETE", True, False, False),
        ("REVIEW_IN_PROGRESS", False, False, False),
        ("UPDATE_IN_PROGRESS", True, True, False),
        ("ROLLBACK_IN_PROGRESS", True, True, False),
        ("ROLLBACK_COMPLETE", True, False, True),
        ("ROLLBACK_FAILED", True, False, True),
        ("CREATE_FAILED", True, False, True),
    ],
)
def test_each_state_is_one_of_a_few_kinds(state, there, busy, stillborn):
    stack = Stack("s", state)
    assert (stack.is_there, stack.is_busy, stack.is_stillborn) == (there, busy, stillborn)


@pytest.mark.parametrize("state", ["UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"])
def test_a_state_that_only_a_person_can_end_is_told_with_how(state):
    with pytest.raises(CommandFailed, match=f"stack s is {state}: "):
        check_state(Stack("s", state))
    check_state(Stack("s", "ROLLBACK_COMPLETE"))


def test_the_reasons_of_a_failure_come_from_inner_stacks_too_and_the_first_comes_first(
    account, cloudformation
):
    def event(at, name, reason, kind="AWS::Lambda::Function", physical=""):
        return {
            "StackId": "outer",
            "EventId": name,
            "StackName": "s",
            "Timestamp": NOW + timedelta(seconds=at),
            "LogicalResourceId": name,
            "ResourceType": kind,
            "PhysicalResourceId": physical,
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": reason,
        }

    nested = "AWS::CloudFormation::Stack"
    outer = [
        event(9, "Api", "Resource creation cancelled"),
        event(8, "Jobs", "Embedded stack … was not created", nested, "inner"),
        event(-60, "Before", "of another time"),
    ]
    inner = [
        event(7, "Worker", f"role of {ACCOUNT_ID} cannot be assumed"),
        event(6, "Table", "full"),
    ]
    cloudformation.add_response("describe_stack_events", {"StackEvents": outer})
    cloudformation.add_response("describe_stack_events", {"StackEvents": inner})
    found = stacks.reasons(account, "s", NOW)
    assert found == ["Table: full", "Worker: role of ************ cannot be assumed"]


def test_a_deletion_that_stops_names_what_is_in_the_way(account, cloudformation):
    cloudformation.add_response("delete_stack", {})
    cloudformation.add_response("describe_stacks", described("DELETE_FAILED"))
    event = {
        "StackId": "s",
        "EventId": "e",
        "StackName": "s",
        "Timestamp": NOW + timedelta(hours=1),
        "LogicalResourceId": "Bucket",
        "ResourceType": "AWS::S3::Bucket",
        "ResourceStatus": "DELETE_FAILED",
        "ResourceStatusReason": "not empty",
    }
    cloudformation.add_response("describe_stack_events", {"StackEvents": [event]})
    with pytest.raises(CommandFailed, match=r"is DELETE_FAILED: [\s\S]*Bucket: not empty"):
        stacks.delete(account, Stack("s", "CREATE_COMPLETE", "id"), lambda _line: None)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "`samovar deploy --dry-run`"),
        (SSOTokenLoadError(error_msg="x"), "log in again"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "Op"), "log in again"),
        (
            ClientError(
                {
                    "Error": {
                        "Code": "AccessDenied",
                        "Message": f"arn:aws:iam::{ACCOUNT_ID}:me may not",
                    }
                },
                "Op",
            ),
            "these credentials may not do that (arn:aws:iam::************:me may not)",
        ),
        (ClientError({"Error": {"Code": "Odd", "Message": "odd"}}, "Op"), "doing it: odd (Odd)"),
    ],
)
def test_what_aws_refuses_is_told_so_that_one_can_act(error, said):
    with pytest.raises(CommandFailed) as refused, aws("doing it"):
        raise error
    assert said in refused.value.message


def test_what_was_being_done_names_no_account_either():
    error = ClientError({"Error": {"Code": "Odd", "Message": "odd"}}, "Op")
    with pytest.raises(CommandFailed) as refused, aws(f"looking for samovar-data-{ACCOUNT_ID}-x"):
        raise error
    assert ACCOUNT_ID not in refused.value.message


def test_no_credentials_and_no_region_are_told_apart(clone, monkeypatch):
    with pytest.raises(CommandFailed, match="no region is named"):
        open_account("", "")
    with pytest.raises(CommandFailed, match="there are no AWS credentials"):
        open_account("", REGION)
    with pytest.raises(CommandFailed, match="absent"):
        open_account("absent", REGION)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"arn:aws:iam::{ACCOUNT_ID}:role/x", "arn:aws:iam::************:role/x"),
        (f"samovar-data-{ACCOUNT_ID}-eu-west-1", "samovar-data-************-eu-west-1"),
        ("1234567890123 ms", "1234567890123 ms"),
        ("key AKIA" + "IOSFODNN7EXAMPLE", "key <key>"),
        ("https://x/?X-Amz-Signature=abc&a=1", "https://x/?X-Amz-Signature=…&a=1"),
        ("AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=…"),
    ],
)
def test_nothing_that_is_shown_names_an_account_or_a_key(text, shown):
    assert masked(text) == shown


def test_known_reasons_come_with_what_to_do():
    assert "Service Quotas" in advice("ResourceLimitExceeded: ml.g4dn.xlarge for endpoint usage")
    assert "docs/deploy.md" in advice("me is not authorized to perform: iam:CreateRole")
    assert advice("something new") == ""
