"""The smoke test of a deployment, with what its API asks of who calls."""

import os
from collections.abc import Sequence
from pathlib import Path

from samovar_cli.deploying.account import Account, aws
from samovar_cli.deploying.placing import Placed
from samovar_cli.deploying.project import Project
from samovar_cli.deploying.smoke import Smoke, smoke, wait_ready
from samovar_cli.deploying.steps import Steps
from samovar_cli.server import Server
from samovar_cli.signing import TOKEN_VARIABLE, bearer, signed


def try_api(
    project: Project,
    account: Account,
    url: str,
    models: Path,
    placed: Sequence[Placed],
    steps: Steps,
) -> Smoke | None:
    """What came of the golden examples; None where a token is needed and none is there.

    Raises CommandFailed, or the refusal, where the API does not answer at all.
    """
    mode, token = project.values.get("AuthMode", "iam"), os.environ.get(TOKEN_VARIABLE, "")
    if mode == "jwt" and not token:
        steps.done(f"not asked: the API takes tokens of its issuer; ${TOKEN_VARIABLE} gives one")
        return None
    auth = None
    if mode == "iam":
        with aws("signing"):
            auth = signed(account.session.get_credentials(), account.region)
    elif mode == "jwt":
        auth = bearer(token)
    server = Server(url, auth)
    with steps.step("golden examples at the deployed API") as say:
        wait_ready(server)
        return smoke(server, models, placed, say)
