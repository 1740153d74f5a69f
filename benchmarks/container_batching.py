"""What sharing runs brings a container: 64 requests at once, in batches of 64 and one by one."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from samovar.adapters.clock import SystemClock
from samovar.adapters.local import LocalPredictor
from samovar.edges.batcher import Batcher
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_store, open_runner

from benchmarks.interleave import Sample, interleave
from benchmarks.pace import Pace

REQUESTS = 64
_MODELS = ("minilm-small", "task-priority")
_TEXT = Payload(b"A man is eating food.", "text/plain")


def measure(pace: Pace) -> dict[str, Sample]:
    """Seconds for 64 requests of each model."""
    settings = Settings(models_dir=Path(__file__).resolve().parents[1] / "models", memory_mb=1769)
    host = LocalPredictor(build_store(settings), open_runner(settings), SystemClock())
    variants: dict[str, Callable[[], object]] = {}
    for model in _MODELS:
        host.load(model)
        for size in (1, REQUESTS):
            batcher = Batcher(host, lambda _model, _version, size=size: size)
            variants[f"batches of {size}, {model}"] = _burst(batcher, model)
    return interleave(variants, rounds=pace)


def _burst(batcher: Batcher, model: str) -> Callable[[], object]:
    def burst() -> object:
        deadline_s = monotonic() + 600
        sent = [batcher.submit(model, "", _TEXT, deadline_s) for _ in range(REQUESTS)]
        return [done.result() for done in sent]

    return burst
