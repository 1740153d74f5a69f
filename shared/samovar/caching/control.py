"""What a request says of answers that were kept. Source: RFC 9111, section 5.2.1."""

import re
from collections.abc import Mapping

from samovar.values import dataclass

_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Control:
    """`Cache-Control` of a request, as far as it concerns us."""

    no_store: bool = False
    """Neither a kept answer is taken, nor this one kept."""
    only_kept: bool = False
    """Nothing is run: what was not kept is refused."""
    max_age_s: int | None = None
    """A kept answer is taken that is no older; 0, as `no-cache` says it, for none."""
    min_fresh_s: int = 0
    """A kept answer is taken that will be kept so long still."""


ANY = Control()


def read_control(said: str) -> Control:
    """The directives of a `Cache-Control`; those that are unknown or broken are passed over."""
    if not said:
        return ANY
    found = _directives(said)
    return Control(
        no_store="no-store" in found,
        only_kept="only-if-cached" in found,
        max_age_s=0 if "no-cache" in found else _seconds(found, "max-age"),
        min_fresh_s=_seconds(found, "min-fresh") or 0,
    )


def _directives(said: str) -> Mapping[str, str]:
    parts = (part.partition("=") for part in said.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in parts}


def _seconds(found: Mapping[str, str], name: str) -> int | None:
    value = found.get(name, "")
    return int(value) if _SECONDS.fullmatch(value) else None


def matches(if_none_match: str, tag: str) -> bool:
    """Whether one of a client's entity tags is this one, compared weakly (RFC 9110, 8.8.3.2)."""
    if not if_none_match:
        return False
    sent = (part.strip().removeprefix("W/") for part in if_none_match.split(","))
    wanted = tag.removeprefix("W/")
    return any(one in ("*", wanted) for one in sent)
