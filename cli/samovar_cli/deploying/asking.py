"""The smoke test of a deployment, with what its API asks of who calls."""

import os
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from samovar.errors import CommandFailed

from samovar_cli.deploying.account import Account, aws
from samovar_cli.deploying.placing import Placed
from samovar_cli.deploying.project import Project
from samovar_cli.deploying.smoke import Smoke, smoke
from samovar_cli.deploying.steps import Steps
from samovar_cli.server import Server
from samovar_cli.signing import TOKEN_VARIABLE, bearer, signed

if TYPE_CHECKING:
    import httpx

_TRIES = 8
_PAUSE_S = 3.0  # roles and routes that were just made take a moment to be known everywhere
_TIMEOUT_S = 60.0
_REFUSED = {
    HTTPStatus.FORBIDDEN: (
        "refuses these credentials: they need execute-api:Invoke on the output ApiArn"
    ),
    HTTPStatus.UNAUTHORIZED: f"refuses the token of ${TOKEN_VARIABLE}",
    HTTPStatus.NOT_FOUND: "has no such route: is it that of a samovar?",
}


def try_api(
    project: Project, account: Account, url: str, placed: Sequence[Placed], steps: Steps
) -> Smoke | None:
    """What came of the golden examples; None where a token is needed and none is there.

    Raises CommandFailed where the API does not answer at all.
    """
    mode, token = project.values.get("AuthMode", "iam"), os.environ.get(TOKEN_VARIABLE, "")
    if mode == "jwt" and not token:
        steps.done(f"not asked: the API takes tokens of its issuer; ${TOKEN_VARIABLE} gives one")
        return None
    auth = _auth(mode, token, account)
    with steps.step("golden examples at the deployed API") as say:
        wait_ready(url, auth)
        return smoke(Server(url, auth), project.root / "models", placed, say, gpu=project.gpu)


def _auth(mode: str, token: str, account: Account) -> "httpx.Auth | None":
    if mode == "jwt":
        return bearer(token)
    if mode != "iam":
        return None
    with aws("signing"):
        return signed(account.session.get_credentials(), account.region)


def wait_ready(
    url: str, auth: "httpx.Auth | None", sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return when the API says that it is ready. Raises CommandFailed with its last word."""
    said = ""
    for at in range(_TRIES):
        if at:
            sleep(_PAUSE_S)
        if not (said := _not_ready(url, auth)):
            return
    raise CommandFailed(f"the API at {url} {said}")


def _not_ready(url: str, auth: "httpx.Auth | None") -> str:
    """Why it is not ready; "" where it is."""
    import httpx

    try:
        answer = httpx.get(f"{url.rstrip('/')}/v2/health/ready", auth=auth, timeout=_TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"does not answer ({str(error) or type(error).__name__})"
    status = HTTPStatus(answer.status_code)
    return "" if answer.is_success else _REFUSED.get(status, f"answers {status}")
