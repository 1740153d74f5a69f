"""How many environments the account lets run at once, against what the deployment asks for."""

from samovar.errors import CommandFailed

from samovar_cli.deploying.account import Account
from samovar_cli.deploying.project import Project

UNRESERVED = 100
"""Environments that Lambda keeps for the functions of an account that reserve none."""
_USUAL = 1000
_QUOTA = "Service Quotas, AWS Lambda, `Concurrent executions`"


def check_concurrency(project: Project, account: Account) -> str:
    """What to know of a small account; "" where there is nothing, or it cannot be read.

    Raises CommandFailed where the account refuses what is reserved or kept ready.
    """
    limit = _limit(account)
    if limit is None:
        return ""
    reserved = max(0, int(float(project.values.get("ReservedConcurrency", -1))))
    ready = int(float(project.values.get("InferReady", 0)))
    asked = max(reserved, ready)
    if asked and asked > limit - UNRESERVED:
        named = "ReservedConcurrency" if reserved >= ready else "InferReady"
        raise CommandFailed(
            f"{named}={asked}: the account lets {limit} environments run at once, and Lambda keeps "
            f"{UNRESERVED} of them for all functions; ask for more ({_QUOTA}), or for fewer here"
        )
    if limit < _USUAL:
        return f"The account lets {limit} environments run at once; more callers get 429 ({_QUOTA})"
    return ""


def _limit(account: Account) -> int | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        said = account.client("lambda").get_account_settings()
        return int(said["AccountLimit"]["ConcurrentExecutions"])
    except (BotoCoreError, ClientError, KeyError):
        return None  # who may deploy by a role of CloudFormation's need not be allowed to look
