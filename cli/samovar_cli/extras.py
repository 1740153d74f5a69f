"""Packages that only some commands ask for, and how to get them."""

from importlib import import_module
from types import ModuleType

from samovar.errors import CommandFailed


def need(module: str, extra: str, why: str) -> ModuleType:
    """The module, imported. `why` ends the sentence "… is needed", as in "to draw a plot".

    Raises CommandFailed that names the extra of samovar that brings it, where it is missing.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise  # it is there, and something that it imports is not
        raise CommandFailed(
            f"{error.name} is needed {why}: pip install 'samovar[{extra}]'"
        ) from None
