"""Errors by their stable codes: those that another process wrote down, raised again."""

from collections.abc import Mapping
from functools import cache

from samovar import errors, refusals
from samovar.errors import SamovarError


def error_of(code: str, message: str) -> SamovarError:
    """The error of that code and message; a plain SamovarError for a code that is not known."""
    cls = _by_code().get(code, SamovarError)
    error = cls.__new__(cls)  # some take more than a message: what is only theirs is not kept
    error.args = (message,)
    return error


@cache
def _by_code() -> Mapping[str, type[SamovarError]]:
    """The errors of the tree; what an adapter keeps to itself has no code of its own."""
    known = vars(errors) | vars(refusals)
    classes = [each for each in known.values() if isinstance(each, type)]
    return {cls.code: cls for cls in classes if issubclass(cls, SamovarError)}
