"""What AWS clients raise, as samovar's errors: nothing of botocore leaves an adapter."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from samovar.errors import SamovarError, StorageUnavailable

Refusals = Mapping[str, SamovarError]
"""AWS's error code → what it means to the one who asked."""


@contextmanager
def aws_errors(what: str, refusals: Refusals | None = None) -> Iterator[None]:
    """Calls in this block raise samovar's errors: `refusals`, or else StorageUnavailable.

    A missing permission or table counts as passing, too: its owner mends it, and the jobs
    that met it are still there.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if refusals and code in refusals:
            raise refusals[code] from None
        raise StorageUnavailable(f"{what} answered {code}: try again") from None
    except (BotoCoreError, OSError) as error:
        raise StorageUnavailable(f"{what} cannot be reached: {type(error).__name__}") from None


def code_of(error: ClientError) -> str:
    """AWS's own code for the error."""
    return str(error.response.get("Error", {}).get("Code"))
