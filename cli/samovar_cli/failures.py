"""Errors as a command line tells them: one clear line, and an exit status of its own."""

import sys
from collections.abc import Mapping

from samovar.errors import (
    InvalidInput,
    ModelFault,
    NotFound,
    PayloadTooLarge,
    SamovarError,
    SettingsInvalid,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from samovar.refusals import GuardRefused

EXIT_STATUS: Mapping[type[SamovarError], int] = {
    InvalidInput: 3,
    PayloadTooLarge: 3,
    GuardRefused: 3,
    UnsupportedMediaType: 3,
    UnsupportedEncoding: 3,
    NotFound: 4,
    ModelFault: 5,
    SettingsInvalid: 2,
    SamovarError: 1,
}
"""Error → exit status, looked up along the class's ancestors. 2 is also Typer's own for usage."""

EXIT_STATUS_HELP = """\
Exit status:
  0  it worked
  1  it could not be done: nothing listens, no twin runs, an unforeseen fault
  2  the command was written wrongly
  3  the input is not one that the model takes
  4  there is no such model, version or job
  5  the model is at fault: its manifest, its files, its examples\
"""


def exit_status(error: SamovarError) -> int:
    """The exit status of an error."""
    return next(EXIT_STATUS[cls] for cls in type(error).__mro__ if cls in EXIT_STATUS)


def report(error: SamovarError) -> int:
    """Write the error to standard error; its exit status."""
    from samovar_cli.terminal import clean, console

    shown = console(stderr=True)
    shown.print("samovar:", style="bold red", end=" ")
    shown.print(f"{clean(error.message)} ({error.code})", soft_wrap=True)
    return exit_status(error)


def report_unforeseen(error: Exception) -> int:
    """Write what nobody foresaw to standard error, without a traceback; its exit status."""
    said = " ".join(str(error).split())[:200]
    print(f"samovar: {type(error).__name__}: {said} (internal_error)", file=sys.stderr)
    print(
        "This is a fault of samovar. --traceback before the command shows where.", file=sys.stderr
    )
    return 1
