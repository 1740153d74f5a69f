"""The root of the tree of errors, which samovar.errors draws."""

from typing import ClassVar


class SamovarError(Exception):
    """Something that samovar refuses or could not do, said so that a person can act on it."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        """What happened and what to do about it; safe to show to a client."""
        return str(self.args[0]) if self.args else self.code.replace("_", " ")
