"""`python -m benchmarks.gpu`: the container and bare sessions in turns, on a GPU if there is one.

`whisper` hears the long recording, and four short ones that come at once (the bare sessions
one after the other); `minilm` embeds 256 texts of one request. The bare
sessions get spectrograms and tokens ready-made, and keep keys and values on the device.
Without a GPU, or without a build of onnxruntime for one, the CPU provider is measured and
the report says so. Needs `make models` and `make models-heavy`.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
import orjson
from samovar.codecs.audio import decode
from samovar.model import Model
from samovar.settings import Settings
from samovar.wiring import load_model

from benchmarks.bare_whisper import BareSessions, Window, record
from benchmarks.gpu.device import Device, find_device, memory_of
from benchmarks.gpu.served import ROOT, Container
from benchmarks.interleave import Sample, interleave
from benchmarks.machine import machine
from benchmarks.places import RESULTS
from benchmarks.recordings import recordings

MODELS = ROOT / "models"
TEXTS, BATCH, THREADS, AT_ONCE = 256, 64, 2, 4


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/gpu.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    missing = [name for name in ("whisper", "minilm") if not (MODELS / name / "1").is_dir()]
    if missing:
        print(f"not built: {', '.join(missing)}; see the Makefile", file=sys.stderr)
        return 1
    device = find_device(MODELS / "minilm/1/model.onnx")
    print(device.told(), file=sys.stderr)
    with Container(("whisper", "minilm"), THREADS) as container:
        settings = Settings(models_dir=MODELS, memory_mb=1769 * THREADS)
        samples = _whisper(container, settings, device, asked.rounds)
        samples |= _minilm(container, settings, device, asked.rounds)
        held = memory_of(container.process.pid)
    text = report(device, held, samples)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "gpu.md").write_text(text, "utf-8")
    numbers: dict[str, Any] = {"machine": _machine(), "device": device, "held": held}
    numbers |= {name: sample.as_json() for name, sample in samples.items()}
    (RESULTS / "gpu.json").write_bytes(orjson.dumps(numbers, option=orjson.OPT_INDENT_2))
    return 0


def report(device: Device, held: str, samples: dict[str, Sample]) -> str:
    """A table: seconds of each, and how many times the bare sessions'."""
    said = " · ".join(f"{key}: {value}" for key, value in _machine().items())
    lines = ["# The container and bare sessions", "", said, "", device.told()]
    if device.is_gpu:
        lines.append(f"Of the GPU's memory the container held {held or 'what the driver hides'}.")
    lines += ["", "| | median | × bare |", "|---|---:|---:|"]
    for name, sample in samples.items():
        bare = samples[f"bare sessions, {name.partition(', ')[2]}"]
        ratio = sample.median_s / bare.median_s
        lines.append(f"| {name} | {sample.median_s * 1000:.0f} ms | {ratio:.2f} |")
    return "\n".join([*lines, ""])


def _machine() -> dict[str, str]:
    """Where, and what else went on there: others' work is in these numbers too."""
    return machine() | {"load": f"{os.getloadavg()[0]:.1f}"}


def _whisper(
    container: Container, settings: Settings, device: Device, rounds: int
) -> dict[str, Sample]:
    model = load_model(settings, "whisper")
    bare = BareSessions(MODELS / "whisper/1", THREADS, device.providers)
    held = recordings()
    short, long = held[0].path.read_bytes(), held[-1].path.read_bytes()
    tapes = {body: _tape(model, body) for body in (short, long)}

    def replay(body: bytes, times: int) -> None:
        for mel, spoken in tapes[body] * times:
            bare.say(mel, spoken)

    names = f"whisper, {held[-1].path.name}", f"whisper, {AT_ONCE} × {held[0].path.name}"
    variants: dict[str, Callable[[], object]] = {
        f"bare sessions, {names[0]}": lambda: replay(long, 1),
        f"container, {names[0]}": lambda: container.invoke("whisper", long, "audio/wav"),
        f"bare sessions, {names[1]}": lambda: replay(short, AT_ONCE),
        f"container, {names[1]}": lambda: container.invoke_all(
            "whisper", [short] * AT_ONCE, "audio/wav"
        ),
    }
    return interleave(variants, rounds=rounds)


def _tape(model: Model, body: bytes) -> list[Window]:
    sound = decode(body, model.spec.limits.max_seconds)
    return record(model, model.program.prepare([sound]))


def _minilm(
    container: Container, settings: Settings, device: Device, rounds: int
) -> dict[str, Sample]:
    texts = [f"The {number}th guest asks for tea without sugar." for number in range(TEXTS)]
    body = orjson.dumps({"rows": [{"text": text} for text in texts]})
    program = load_model(settings, "minilm").program
    tensors = program.prepare(texts)
    parts = [{n: a[at : at + BATCH] for n, a in tensors.items()} for at in range(0, TEXTS, BATCH)]
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(
        str(MODELS / "minilm/1/model.onnx"), options, providers=list(device.providers)
    )
    name = f"minilm, {TEXTS} texts"

    def run() -> Any:
        return np.concatenate([session.run(None, part)[0] for part in parts])

    variants: dict[str, Callable[[], object]] = {
        f"bare sessions, {name}": run,
        f"container, {name}": lambda: container.invoke("minilm", body, "application/json"),
    }
    return interleave(variants, rounds=rounds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
