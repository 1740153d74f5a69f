"""`python -m benchmarks.hot_door_pieces [--rounds N]`: where a request's microseconds go.

Each piece of the hot door by itself, and the whole, as minima of many rounds: on a machine that
does other things too, only the best round says what the code costs. The whole is more than its
pieces: what runs between two runs of a graph finds the caches full of the graph, and the graph
finds them full of it.
"""

import argparse
import gc
import io
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from typing import Any

from benchmarks.doors import ENVIRONMENT, TENSORS
from benchmarks.events import json_event
from benchmarks.lambda_context import Context

MODEL = "digits"
INNER = 20


def pieces() -> Mapping[str, Callable[[], object]]:
    """The parts of one JSON request, in their order, each with what the one before it gave."""
    from samovar.codecs import decode
    from samovar.edges.gateway import read_event, write_event
    from samovar.edges.inference import Visit, find_target, payload_of, response_of
    from samovar.edges.observe import Exchange, Observer
    from samovar.settings import read_settings
    from samovar.wiring import SystemClock, hot_handler, load_model

    settings, event, context = read_settings(ENVIRONMENT), json_event(MODEL, TENSORS), Context()
    door, model = hot_handler(ENVIRONMENT), load_model(settings, MODEL)
    request = read_event(event, "")
    target = find_target(request.method, request.path)
    service: Any = None  # what the two functions of a visit do not ask
    visit = Visit(service, request, target)
    payload = payload_of(visit, settings.max_body_bytes)
    call = decode(payload, model)
    (feed,), names = call.runs, call.outputs
    found = model.program.run(feed, names)
    result = call.encode([found])
    response = response_of(visit, result)
    observer, seen = Observer(settings, SystemClock()), Exchange("hot", "r", model=MODEL)
    return {
        "event → request": lambda: read_event(event, ""),
        "path → target": lambda: find_target(request.method, request.path),
        "request → payload": lambda: payload_of(visit, settings.max_body_bytes),
        "payload → tensors": lambda: decode(payload, model),
        "the run": lambda: model.program.run(feed, names),
        "tensors → payload": lambda: call.encode([found]),
        "payload → response": lambda: response_of(visit, result),
        "the line of the log": lambda: observer.finish(observer.start(), seen),
        "response → event": lambda: write_event(response, "r"),
        "the whole": lambda: door(event, context),
    }


def best_s(call: Callable[[], object], rounds: int) -> float:
    """Seconds of one call in the best of the rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(INNER):
            call()
        best = min(best, time.perf_counter() - start)
    return best / INNER


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    rounds = parser.parse_args().rounds
    with redirect_stdout(io.StringIO()):  # which takes the lines of the log
        calls = pieces()
        gc.collect()
        gc.disable()
        found = {name: best_s(call, rounds) for name, call in calls.items()}
    for name, seconds in found.items():
        print(f"{seconds * 1e6:8.2f} µs  {name}")
    print(f"{(found['the whole'] - found['the run']) * 1e6:8.2f} µs  the whole, less the run")


if __name__ == "__main__":
    main()
