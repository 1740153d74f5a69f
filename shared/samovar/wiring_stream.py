"""The streaming function put together: a part of samovar.wiring, under its rules."""

import os
from collections.abc import Mapping

from samovar.wiring import build_jobs, build_observer, build_service  # first: a start is timed
from samovar.wiring_start import Handler, begun, import_engine, ready


def stream_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/stream: everything, piece by piece where it comes so."""
    from samovar.edges.streaming import StreamDoor

    import_engine()
    settings = begun(environment)
    service, observer = build_service(settings, sealed=True), build_observer(settings)
    return ready(StreamDoor(service, settings, observer, build_jobs(settings)))


def run() -> None:
    """The process of functions/stream, in place of AWS's runtime client."""
    from samovar.bootstrap.loop import run

    run(os.environ)
