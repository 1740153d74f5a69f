"""`python -m benchmarks.whisper`: how fast and how rightly `whisper` hears, and what it takes.

The program and the bare sessions hear the same recording in turns. Loading and memory are
measured in fresh processes. Needs `make models-heavy`; `make bench-heavy` also fetches the
long recording.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from samovar.codecs.audio import decode
from samovar.settings import Settings
from samovar.wiring import load_model

from benchmarks.__main__ import RESULTS, machine
from benchmarks.bare_whisper import BareSessions, record
from benchmarks.interleave import Sample, interleave
from benchmarks.recordings import ROOT, Recording, recordings, words, wrong_words

MODELS = ROOT / "models"
THREADS = 2


@dataclass(frozen=True, slots=True)
class Fresh:
    """What one fresh process took to hear a recording."""

    load_s: float
    first_s: float
    peak_mb: float
    seconds: float
    text: str


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/whisper.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whisper", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fresh", metavar="WAV", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.fresh:
        sys.stdout.buffer.write(orjson.dumps(_hear(Path(asked.fresh))))
        return 0
    if not (MODELS / "whisper/1").is_dir():
        print("whisper is not built: run `make models-heavy`", file=sys.stderr)
        return 1
    held = recordings()
    if len(held) < 3:
        print("the long recording is not here: run `make bench-heavy`", file=sys.stderr)
    fresh = {one.path.name: _fresh(one, asked.rounds) for one in held}
    turns = _in_turns(held[-1], asked.rounds)
    text = report(held, fresh, turns)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "whisper.md").write_text(text, "utf-8")
    numbers = {"machine": machine(), "fresh": fresh}
    numbers["turns"] = {name: sample.as_json() for name, sample in turns.items()}
    (RESULTS / "whisper.json").write_bytes(orjson.dumps(numbers, option=orjson.OPT_INDENT_2))
    return 0


def report(
    held: tuple[Recording, ...], fresh: dict[str, list[Fresh]], turns: dict[str, Sample]
) -> str:
    """The two tables in Markdown."""
    said = " · ".join(f"{key}: {value}" for key, value in machine().items())
    lines = ["# whisper", "", f"{said} · threads: {THREADS}", ""]
    lines += ["Fresh processes, medians.", ""]
    lines += ["| recording | words wrong | load | heard in | audio a second | peak memory |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    lines += [_line(one, fresh[one.path.name]) for one in held]
    program, bare = (turns[name] for name in ("program", "bare sessions"))
    lines += ["", f"{held[-1].path.name} in one process, in turns: the graphs alone take "]
    lines[-1] += f"{bare.median_s:.2f} s, the whole program {program.median_s:.2f} s, "
    lines[-1] += f"{program.median_s / bare.median_s:.2f} times as long."
    return "\n".join([*lines, ""])


def _line(recording: Recording, runs: list[Fresh]) -> str:
    wrong = max(wrong_words(recording.words, run.text) for run in runs)
    heard = statistics.median(run.first_s for run in runs)
    cells = (
        f"{recording.path.name}, {runs[0].seconds:.1f} s",
        f"{wrong} of {len(words(recording.words))}",
        f"{statistics.median(run.load_s for run in runs):.2f} s",
        f"{heard:.2f} s",
        f"{runs[0].seconds / heard:.1f} s",
        f"{statistics.median(run.peak_mb for run in runs):.0f} MB",
    )
    return f"| {' | '.join(cells)} |"


def _fresh(recording: Recording, rounds: int) -> list[Fresh]:
    command = [sys.executable, "-m", "benchmarks.whisper", "--fresh", str(recording.path)]
    found = []
    for number in range(rounds):
        print(f"\r{recording.path.name}: {number + 1}/{rounds}", end="", file=sys.stderr)
        done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        found.append(Fresh(**orjson.loads(done.stdout)))
    print(file=sys.stderr)
    return found


def _hear(path: Path) -> Fresh:
    """In this process, which has done nothing yet."""
    start = time.perf_counter()
    model = load_model(_settings(), "whisper")
    loaded = time.perf_counter()
    sound = decode(path.read_bytes(), 3600)
    found = model.program.run(model.program.prepare([sound]), ())
    heard = time.perf_counter()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = float(found["duration_s"][0])
    return Fresh(loaded - start, heard - loaded, peak_mb, seconds, found["text"][0])


def _in_turns(recording: Recording, rounds: int) -> dict[str, Sample]:
    model = load_model(_settings(), "whisper")
    sound = decode(recording.path.read_bytes(), 3600)
    tape = record(model, model.program.prepare([sound]))
    bare = BareSessions(MODELS / "whisper/1", THREADS, ["CPUExecutionProvider"])

    def hear() -> Any:
        return model.program.run(model.program.prepare([sound]), ())

    def replay() -> None:
        for mel, spoken in tape:
            bare.say(mel, spoken)

    return interleave({"program": hear, "bare sessions": replay}, rounds=rounds)


def _settings() -> Settings:
    return Settings(models_dir=MODELS, memory_mb=1769 * THREADS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
