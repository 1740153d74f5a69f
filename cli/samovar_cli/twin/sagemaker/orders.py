"""What an endpoint's core wants done."""

from dataclasses import dataclass

from samovar_cli.twin.sagemaker.request import AsyncCall


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an instance."""

    instance: int


@dataclass(frozen=True, slots=True)
class Retire:
    """Take an instance away: SIGTERM, and SIGKILL where that does not end it."""

    instance: int


@dataclass(frozen=True, slots=True)
class Run:
    """Have an instance run a call."""

    instance: int
    ticket: int
    call: AsyncCall


@dataclass(frozen=True, slots=True)
class Give:
    """Give a call up, for a reason; where it is being run, stop waiting for it."""

    ticket: int
    call: AsyncCall
    reason: str


Order = Launch | Retire | Run | Give
