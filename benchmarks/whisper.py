"""`python -m benchmarks.whisper`: how fast and how rightly Whisper hears, and what it takes.

The program and the bare sessions hear the same recording in turns. Loading and memory are
measured in fresh processes. Needs `make models-heavy`; `make bench-heavy` also fetches the
long recording.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from samovar.codecs.audio import decode
from samovar.programs import Program
from samovar.settings import Settings
from samovar.types import Audio
from samovar.wiring import load_model

from benchmarks.bare_whisper import BareSessions, Window, record
from benchmarks.interleave import Sample, interleave
from benchmarks.machine import machine
from benchmarks.places import RESULTS
from benchmarks.recordings import ROOT, Recording, recordings, words, wrong_words

MODELS = ROOT / "models"
NAMES = ("whisper", "whisper-int8")
THREADS = 2


@dataclass(frozen=True, slots=True)
class Fresh:
    """What one fresh process took to hear a recording."""

    load_s: float
    first_s: float
    cpu_s: float
    peak_mb: float
    seconds: float
    text: str


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/whisper.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whisper", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fresh", nargs=2, metavar=("MODEL", "WAV"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.fresh:
        sys.stdout.buffer.write(orjson.dumps(_hear(asked.fresh[0], Path(asked.fresh[1]))))
        return 0
    if missing := [name for name in NAMES if not (MODELS / name / "1").is_dir()]:
        print(f"not built: {', '.join(missing)}; run `make models-heavy`", file=sys.stderr)
        return 1
    held = recordings()
    if len(held) < 3:
        print("the long recording is not here: run `make bench-heavy`", file=sys.stderr)
    fresh = _all_fresh(held, asked.rounds)
    turns = _in_turns(held[-1], asked.rounds)
    text = report(held, fresh, turns)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "whisper.md").write_text(text, "utf-8")
    numbers = {"machine": _machine(), "fresh": fresh}
    numbers["turns"] = {name: sample.as_json() for name, sample in turns.items()}
    (RESULTS / "whisper.json").write_bytes(orjson.dumps(numbers, option=orjson.OPT_INDENT_2))
    return 0


def report(
    held: tuple[Recording, ...], fresh: dict[str, list[Fresh]], turns: dict[str, Sample]
) -> str:
    """The two tables in Markdown."""
    said = " · ".join(f"{key}: {value}" for key, value in _machine().items())
    lines = ["# whisper", "", f"{said} · threads: {THREADS}", ""]
    lines += ["Fresh processes, medians.", ""]
    head = ("model, recording", "words wrong", "load", "heard in", "CPU time", "audio a second")
    lines += [f"| {' | '.join(head)} | peak memory |", "|---|---:|---:|---:|---:|---:|---:|"]
    lines += [_line(name, one, fresh[_key(name, one)]) for name in NAMES for one in held]
    lines += ["", f"{held[-1].path.name} in one process, in turns:", ""]
    lines += ["| | median | CPU time | × the graphs alone, of CPU time |", "|---|---:|---:|---:|"]
    for label, sample in turns.items():
        bare = turns[f"{label.partition(',')[0]}, bare sessions"]
        busy, floor = (statistics.median(one.cpu_s) for one in (sample, bare))
        lines.append(f"| {label} | {sample.median_s:.2f} s | {busy:.2f} s | {busy / floor:.2f} |")
    return "\n".join([*lines, ""])


def _machine() -> dict[str, str]:
    """Where, and what else went on there: others' work is in these numbers too."""
    return machine() | {"load": f"{os.getloadavg()[0]:.1f}"}


def _line(name: str, recording: Recording, runs: list[Fresh]) -> str:
    wrong = max(wrong_words(recording.words, run.text) for run in runs)
    heard = statistics.median(run.first_s for run in runs)
    cells = (
        f"{name}, {recording.path.name}, {runs[0].seconds:.1f} s",
        f"{wrong} of {len(words(recording.words))}",
        f"{statistics.median(run.load_s for run in runs):.2f} s",
        f"{heard:.2f} s",
        f"{statistics.median(run.cpu_s for run in runs):.2f} s",
        f"{runs[0].seconds / heard:.1f} s",
        f"{statistics.median(run.peak_mb for run in runs):.0f} MB",
    )
    return f"| {' | '.join(cells)} |"


def _key(name: str, recording: Recording) -> str:
    return f"{name}, {recording.path.name}"


def _all_fresh(held: tuple[Recording, ...], rounds: int) -> dict[str, list[Fresh]]:
    """Rounds over all models and recordings, so that a bad moment falls on all alike."""
    found: dict[str, list[Fresh]] = {_key(name, one): [] for name in NAMES for one in held}
    for number in range(rounds):
        print(f"\rfresh processes: {number}/{rounds}", end="", file=sys.stderr, flush=True)
        for name in NAMES:
            for one in held:
                found[_key(name, one)].append(_fresh(name, one))
    print(file=sys.stderr)
    return found


def _fresh(name: str, recording: Recording) -> Fresh:
    command = [sys.executable, "-m", "benchmarks.whisper", "--fresh", name, str(recording.path)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return Fresh(**orjson.loads(done.stdout))


def _hear(name: str, path: Path) -> Fresh:
    """In this process, which has done nothing yet."""
    start = time.perf_counter()
    model = load_model(_settings(), name)
    loaded, busy = time.perf_counter(), time.process_time()
    sound = decode(path.read_bytes(), 3600)
    found = model.program.run(model.program.prepare([sound]), ())
    heard, cpu_s = time.perf_counter(), time.process_time() - busy
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = float(found["duration_s"][0])
    text: str = found["text"][0]
    return Fresh(loaded - start, heard - loaded, cpu_s, peak_mb, seconds, text)


def _in_turns(recording: Recording, rounds: int) -> dict[str, Sample]:
    variants: dict[str, Callable[[], object]] = {}
    sound = decode(recording.path.read_bytes(), 3600)
    for name in NAMES:
        model = load_model(_settings(), name)
        tape = record(model, model.program.prepare([sound]))
        bare = BareSessions(MODELS / name / "1", THREADS, ["CPUExecutionProvider"])
        variants[f"{name}, bare sessions"] = partial(_replay, bare, tape)
        variants[f"{name}, the whole program"] = partial(_run, model.program, sound)
    return interleave(variants, rounds=rounds)


def _run(program: Program, sound: Audio) -> Any:
    return program.run(program.prepare([sound]), ())


def _replay(bare: BareSessions, tape: list[Window]) -> None:
    for mel, spoken in tape:
        bare.say(mel, spoken)


def _settings() -> Settings:
    return Settings(models_dir=MODELS, memory_mb=1769 * THREADS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
