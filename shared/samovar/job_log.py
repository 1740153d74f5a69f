"""The log that a job carries of who was told of its end."""

from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One try to tell somebody. Times are milliseconds since the epoch."""

    sink: str  # webhook, eventbridge, sns
    event: str  # the id of what was told, the same at each try
    at_ms: int
    number: int = 1  # the how-manieth try of this event
    status: int = 0  # of HTTP; 0 where nobody answered
    error: str = ""  # its code; "" for what arrived
    why: str = ""  # in words
    again_ms: int = 0  # when it is tried again; 0: never
