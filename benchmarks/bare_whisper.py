"""The graphs of `whisper` alone: what a program said is said again by bare sessions.

A tape keeps the windows and the tokens of one run; replaying it costs what onnxruntime
costs, and nothing for spectrograms, rules of times or texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from samovar.model import Model
from samovar.ports import Runner
from samovar.programs.transcribe import TranscribeProgram
from samovar.types import Array, Signature, Tensors

Window = tuple[Array, list[Array]]
"""A spectrogram, and the tokens that the decoder was given after it, call by call."""


@dataclass(slots=True)
class Tape:
    """A runner that keeps what its graph was given under one name."""

    runner: Runner
    name: str
    kept: list[Array] = field(default_factory=list)

    @property
    def signature(self) -> Signature:
        return self.runner.signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        self.kept.append(tensors[self.name])
        return self.runner.run(tensors, outputs)

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        self.kept.append(tensors[self.name])
        return self.runner.run_kept(tensors, outputs, kept)


class BareSessions:
    """Two sessions with onnxruntime's defaults, but that threads do not spin, as ours do not."""

    def __init__(self, folder: Path, threads: int, providers: Sequence[str]) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.encoder, self.decoder = (
            ort.InferenceSession(str(folder / name), options, providers=list(providers))
            for name in ("encoder.onnx", "decoder.onnx")
        )
        self.provider: str = self.decoder.get_providers()[0]
        self._device = "cuda" if "CUDA" in self.provider else "cpu"
        self._crosses = [output.name for output in self.encoder.get_outputs()]
        self._presents = [output.name for output in self.decoder.get_outputs()][1:]

    def say(self, mel: Array, spoken: Sequence[Array]) -> None:
        """Hear a window and say these tokens; keys and values stay on the device."""
        heard = self._bound(self.encoder, {"mel": mel}, self._crosses)
        empty = np.zeros((len(mel), 8, 0, 64), np.float32)
        past: dict[str, Any] = {_past(name): empty for name in self._presents}
        for tokens in spoken:
            found = self._bound(
                self.decoder, {"input_ids": tokens, **past, **heard}, self._presents
            )
            past = {_past(name): found[name] for name in self._presents}

    def _bound(self, session: Any, given: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
        binding = session.io_binding()
        for name, value in given.items():
            bind = binding.bind_cpu_input if isinstance(value, np.ndarray) else None
            (bind or binding.bind_ortvalue_input)(name, value)
        names = [output.name for output in session.get_outputs()]
        for name in names:
            binding.bind_output(name, self._device if name in kept else "cpu")
        session.run_with_iobinding(binding)
        return dict(zip(names, binding.get_outputs(), strict=True))


def record(model: Model, tensors: Tensors) -> list[Window]:
    """What the model's graphs are given while it hears one sound."""
    program = model.program
    assert isinstance(program, TranscribeProgram)  # noqa: S101 - tells the types
    mels = Tape(program.windows.runner, "mel")
    tokens = Tape(program.listening.decoder.runner, "input_ids")
    taped = _with_runners(program, mels, tokens)
    taped.run(tensors, ())
    # Every window's first call to the decoder is one token: the start.
    start = taped.listening.words.start
    begins = [at for at, ids in enumerate(tokens.kept) if ids[0].tolist() == [start]]
    ends = [*begins[1:], len(tokens.kept)]
    spoken = [tokens.kept[a:b] for a, b in zip(begins, ends, strict=True)]
    return list(zip(mels.kept, spoken, strict=True))


def _with_runners(program: TranscribeProgram, mels: Tape, tokens: Tape) -> TranscribeProgram:
    from dataclasses import replace

    decoder = replace(program.listening.decoder, runner=tokens)
    return replace(
        program,
        windows=replace(program.windows, runner=mels),
        listening=replace(program.listening, decoder=decoder),
    )


def _past(present: str) -> str:
    return present.replace("present", "past", 1)
