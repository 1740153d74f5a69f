"""What a client would rather have (RFC 7240): an answer later, or one for which it waits."""

import re
from collections.abc import Iterator, Mapping

from samovar.errors import InvalidInput
from samovar.values import dataclass

MAX_WAIT_S = 25
"""The longest that a door waits for a job: a gateway hangs up at 30 seconds."""
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Preference:
    """What `Prefer` says. `wait_s` is None where it does not."""

    respond_async: bool = False
    wait_s: int | None = None

    @property
    def seconds(self) -> int:
        """How long to wait for a job."""
        return min(self.wait_s or 0, MAX_WAIT_S)

    @property
    def applied(self) -> dict[str, str]:
        """The header that says what was done for it; none where nothing was asked."""
        said = ["respond-async"] if self.respond_async else []
        said += [] if self.wait_s is None else [f"wait={self.seconds}"]
        return {"preference-applied": ", ".join(said)} if said else {}


def read_preference(headers: Mapping[str, str]) -> Preference:
    """What the client prefers. Raises InvalidInput for a `wait` that is no number of seconds.

    Preferences that are not known are passed over; of one that is said twice, the first counts.
    """
    said: dict[str, str] = {}
    for name, value in _preferences(headers.get("prefer", "")):
        said.setdefault(name, value)
    wait = said.get("wait")
    if wait is not None and not _SECONDS.fullmatch(wait):
        raise InvalidInput(
            f"Prefer: 'wait' must be a whole number of seconds, such as wait=10, not {wait[:40]!r}"
        )
    return Preference("respond-async" in said, None if wait is None else int(wait))


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    """Each preference's name in lower case and its value; parameters are passed over."""
    for one in header.split(","):
        name, _, value = one.partition(";")[0].partition("=")
        yield name.strip().lower(), value.strip().strip('"')
