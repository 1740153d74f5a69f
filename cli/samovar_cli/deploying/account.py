"""The AWS account: who asks, clients of its services, and what its refusals mean to a person."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from samovar.errors import CommandFailed

from samovar_cli.deploying.redaction import masked

_NO_CREDENTIALS = (
    "there are no AWS credentials: `aws configure`, `aws sso login` or the variables "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY give them; --profile names one of several. "
    "Without an account: `samovar deploy --dry-run`, or `samovar up` to run everything here"
)
_EXPIRED = "the AWS credentials have run out: log in again (`aws sso login`, or new keys)"
_UNKNOWN = "AWS does not know these credentials: a wrong key, or one that was deleted"
_CODES: Mapping[str, str] = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidClientTokenId": _UNKNOWN,
    "UnrecognizedClientException": _UNKNOWN,
    "InvalidAccessKeyId": _UNKNOWN,
    "SignatureDoesNotMatch": "AWS refuses the signature: a wrong secret key, or this clock is off",
    "NoSuchBucket": "the bucket is not there",
    "RequestTimeTooSkewed": "this machine's clock is more than a few minutes off",
}
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_CREDENTIALS = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}
)
_LOGINS = frozenset({"TokenRetrievalError", "SSOTokenLoadError", "UnauthorizedSSOTokenError"})


@dataclass(frozen=True, slots=True)
class Account:
    """An account and region, as somebody who may do things there."""

    session: Any
    id: str
    region: str
    clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """A client of a service; AWS_ENDPOINT_URL sends it elsewhere, as for any AWS tool."""
        if service not in self.clients:
            self.clients[service] = self.session.client(service)
        return self.clients[service]


def open_account(profile: str, region: str) -> Account:
    """Whom the credentials are of. Raises CommandFailed with the way out."""
    import boto3

    with aws("asking who this is"):
        session = cast("Any", boto3).Session(
            profile_name=profile or None, region_name=region or None
        )
        if not session.region_name:
            raise CommandFailed(
                "no region is named: --region eu-central-1, `region` in samconfig.toml or "
                "AWS_DEFAULT_REGION"
            )
        if session.get_credentials() is None:
            raise CommandFailed(_NO_CREDENTIALS)
        identity = session.client("sts").get_caller_identity()
        return Account(session, str(identity["Account"]), str(session.region_name))


@contextmanager
def aws(doing: str) -> Iterator[None]:
    """Within it, AWS's and botocore's errors are CommandFailed, said so that one can act."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = f"{doing}: {_client_error(error.response['Error'])}"
        raise CommandFailed(masked(said)) from None
    except (BotoCoreError, Boto3Error) as error:
        raise CommandFailed(masked(_botocore_error(doing, error))) from None


def code_of(error: Any) -> str:
    """The code of a ClientError."""
    return str(error.response["Error"].get("Code", ""))


def _client_error(said: Mapping[str, Any]) -> str:
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    if code in _DENIED:
        return f"these credentials may not do that ({message}); docs/deploy.md says what is needed"
    return f"{_CODES[code]} ({code})" if code in _CODES else f"{message} ({code})"


def _botocore_error(doing: str, error: Exception) -> str:
    name = type(error).__name__
    if name in _CREDENTIALS:
        return _NO_CREDENTIALS
    if name in _LOGINS:
        return _EXPIRED
    return f"{doing}: {error}"
