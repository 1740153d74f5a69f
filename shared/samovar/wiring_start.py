"""How a function's process begins, and when it is ready: a part of samovar.wiring, under its rules.

What a start makes stays for the process's life, so nothing of it is looked through for garbage
meanwhile: that takes a tenth of the imports' time before Python 3.13, and less since.
"""

import gc
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from samovar.edges.init_report import START  # its clock starts with it

if TYPE_CHECKING:
    from samovar.settings import Settings

__all__ = ["START", "begun", "import_engine", "ready"]
Handler = Callable[[dict[str, Any], Any], Any]

if "awslambdaric" in sys.modules:  # a function's own process, not a test or a tool
    gc.disable()


def import_engine() -> None:
    """onnxruntime, which every request to this function needs: INIT is the time for it."""
    import samovar.adapters.onnx  # noqa: F401 - for what comes later


def begun(environment: Mapping[str, str]) -> "Settings":
    """The environment; what a handler imports at its top has been imported now."""
    from samovar.settings import read_settings

    START.mark("imports")
    return read_settings(environment)


def ready(handler: Handler) -> Handler:
    """The handler, which is all that INIT is to make."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    START.mark("wiring")
    return handler
