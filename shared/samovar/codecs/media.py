"""Media types: `text/plain; charset=utf-8` → its parts."""

from collections.abc import Mapping

from samovar.values import dataclass, field

ROWS = "application/vnd.samovar.rows"
"""A chunk of rows: see samovar.rows."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Content-Type: `essence` in lower case ("text/plain", or "" when absent)."""

    essence: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def is_rows(content_type: str) -> bool:
    """Whether a payload is a chunk of rows."""
    return content_type[: len(ROWS)].lower() == ROWS


def parse_media_type(content_type: str) -> MediaType:
    """The parts of a Content-Type, of which the first wins where one is repeated."""
    essence, *rest = content_type.split(";")
    parameters: dict[str, str] = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters.setdefault(name.strip().lower(), value.strip().strip('"'))
    return MediaType(essence.strip().lower(), parameters)
