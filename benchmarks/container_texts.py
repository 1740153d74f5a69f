"""`python -m benchmarks.container_texts`: texts through the container's door, alone and at once.

Real HTTP to `samovar container` in a process of its own: what continuous batching brings there,
and how evenly the pieces of streams come. Ways take turns; each prompt is asked once.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, pairwise
from socket import create_server
from typing import Any

import httpx
import orjson

from benchmarks.machine import machine
from benchmarks.places import MODELS, RESULTS

MODEL, TOKENS = "smollm2-int8", 64
MANY = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Burst:
    """Requests at once: tokens a second, seconds to first pieces, and between pieces."""

    tokens_s: float
    first_s: tuple[float, ...] = ()
    gaps_s: tuple[float, ...] = ()


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/container_texts.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.container_texts")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    if not (MODELS / MODEL / "1").is_dir():
        print(f"not built: {MODEL}; run `make models`", file=sys.stderr)
        return 1
    found = measure(asked.rounds)
    text = page(found)
    print(text)
    RESULTS.joinpath("container_texts.md").write_text(text, "utf-8")
    kept = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    RESULTS.joinpath("container_texts.json").write_bytes(kept + b"\n")
    return 0


def measure(rounds: int) -> dict[str, Any]:
    """Each way's figures, medians over the rounds."""
    numbers = count()
    bursts: dict[str, list[Burst]] = {}
    with container() as client:
        burst(client, 1, numbers, streams=False)
        for turn in range(rounds):
            ways = [(many, streams) for many in MANY for streams in (False, True)]
            for many, streams in ways if turn % 2 == 0 else ways[::-1]:
                name = f"{many} {'streams' if streams else 'whole answers'}"
                bursts.setdefault(name, []).append(burst(client, many, numbers, streams=streams))
    rows = {name: summary(found) for name, found in sorted(bursts.items())}
    return {"machine": machine(), "rounds": rounds, "tokens": TOKENS, "ways": rows}


def summary(bursts: Sequence[Burst]) -> dict[str, float]:
    """One way's figures: the rounds' median, and quantiles over all pieces."""
    found = {"tokens_s": statistics.median(one.tokens_s for one in bursts)}
    first = [second for one in bursts for second in one.first_s]
    gaps = sorted(second for one in bursts for second in one.gaps_s)
    if gaps:
        found["first_ms"] = statistics.median(first) * 1e3
        found["gap_p50_ms"] = statistics.median(gaps) * 1e3
        found["gap_p99_ms"] = gaps[int(len(gaps) * 0.99)] * 1e3
    return found


def burst(client: httpx.Client, many: int, numbers: "count[int]", *, streams: bool) -> Burst:
    """So many requests at once, of prompts that nobody has asked before."""
    prompts = [f"{next(numbers)} is the number of this story. Once upon a" for _ in range(many)]
    start = time.perf_counter()
    with ThreadPoolExecutor(many) as pool:
        came = list(pool.map(lambda prompt: said(client, prompt, streams=streams), prompts))
    took_s = time.perf_counter() - start
    tokens = sum(each[0] for each in came)
    first = tuple(times[0] - start for _, times in came if times)
    gaps = tuple(b - a for _, times in came for a, b in pairwise(times))
    return Burst(tokens / took_s, first, gaps)


def said(client: httpx.Client, prompt: str, *, streams: bool) -> tuple[int, list[float]]:
    """The tokens of an answer, and when each of its pieces came."""
    body: Mapping[str, Any] = {"prompt": prompt, "max_tokens": TOKENS, "stream": streams}
    if not streams:
        return int(client.post("/invocations", json=body).json()["usage"]["completion_tokens"]), []
    times, last = [], ""
    with client.stream("POST", "/invocations", json=body) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                times.append(time.perf_counter())
                last = line
    return orjson.loads(last[6:])["usage"]["completion_tokens"], times[:-1]


@contextmanager
def container() -> Iterator[httpx.Client]:
    """A container over the models, ready."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = "from samovar_cli.main import main; main()"
    options = ["container", "--models", str(MODELS), "--model", MODEL, "--port", str(port)]
    command = [sys.executable, "-c", start, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
                _await(client)
                yield client
        finally:
            running.terminate()


def _await(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/ping").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the container was never ready")


def page(found: Mapping[str, Any]) -> str:
    """The figures as a table."""
    ways = found["ways"]
    lines = [
        "# Texts through the container's door",
        "",
        _told(found),
        "",
        "| at once | tokens/s | × one | to the first piece, ms | between pieces: p50 | p99 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, row in ways.items():
        one = ways[f"1 {name.split(' ', 1)[1]}"]["tokens_s"]
        times = [row.get(key) for key in ("first_ms", "gap_p50_ms", "gap_p99_ms")]
        cells = " | ".join("" if ms is None else f"{ms:.0f}" for ms in times)
        lines.append(f"| {name} | {row['tokens_s']:.0f} | {row['tokens_s'] / one:.2f} | {cells} |")
    return "\n".join(lines) + "\n"


def _told(found: Mapping[str, Any]) -> str:
    at = found["machine"]
    return (
        f"`python -m benchmarks.container_texts`: {MODEL}, {found['tokens']} tokens each after "
        f"prompts of some 14, over HTTP, {found['rounds']} rounds in turns; {at['cpu']}, "
        f"{at['cores']} cores, onnxruntime {at['onnxruntime']}, {at['date']}. Times contain what "
        "others did on the machine."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
