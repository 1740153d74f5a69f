"""The secrets that webhooks are signed with: given, or kept in AWS Secrets Manager."""

from collections.abc import Sequence
from typing import Any, Protocol

from samovar.adapters.aws_errors import aws_errors
from samovar.errors import SamovarError, StorageUnavailable
from samovar.ports import Clock
from samovar.signatures import read_secrets

_WHAT = "the webhooks' secret"
_STAGES = ("AWSCURRENT", "AWSPREVIOUS")
_FRESH_NS = 300 * 10**9
_NONE = ("ResourceNotFoundException",)


class SecretsClient(Protocol):
    """What is needed of boto3's client."""

    def get_secret_value(self, **named: str) -> Any:
        """The secret in one of its stages."""
        ...


class GivenKeys:
    """Secrets as they are given, `whsec_…` each."""

    def __init__(self, text: str) -> None:
        self._keys = read_secrets(text)

    def keys(self) -> Sequence[bytes]:
        """The present one first."""
        return self._keys


class StoredKeys:
    """A secret of AWS Secrets Manager: as it is, and as it was before it was last changed.

    Both sign, so that receivers may learn the new one in their own time. Read again every
    five minutes.
    """

    def __init__(self, client: SecretsClient, secret: str, clock: Clock) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._stale_ns = 0
        self._keys: Sequence[bytes] = ()

    def keys(self) -> Sequence[bytes]:
        """The present one first. Raises StorageUnavailable before they were read once."""
        if not self._keys or self._clock.perf_ns() >= self._stale_ns:
            self._refresh()
        return self._keys

    def _refresh(self) -> None:
        try:
            self._keys = tuple(key for stage in _STAGES for key in self._stage(stage))
            self._stale_ns = self._clock.perf_ns() + _FRESH_NS
        except StorageUnavailable:
            if not self._keys:
                raise

    def _stage(self, stage: str) -> Sequence[bytes]:
        previous = stage != _STAGES[0]
        try:
            with aws_errors(_WHAT, dict.fromkeys(_NONE, _Missing()) if previous else None):
                found = self._client.get_secret_value(SecretId=self._secret, VersionStage=stage)
            return read_secrets(found["SecretString"])
        except _Missing:
            return ()
        except (KeyError, ValueError):
            if previous:
                return ()
            raise StorageUnavailable(f"{_WHAT} is none: see docs/webhooks.md") from None


class _Missing(SamovarError):
    """The secret was never changed."""
