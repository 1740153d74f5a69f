"""A speech recogniser of no weights: tones in, scripted words out, with Whisper's marks.

Its encoder tells a window's tone; its decoder says what the script has for that tone. Its
window is two seconds at 1,000 Hz, so that a time's tick is two frames, as Whisper's is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from samovar.adapters.memory import FunctionRunner
from samovar.programs.transcribe import Transcribe, TranscribeProgram
from samovar.programs.vocabulary import Vocabulary, read_vocabulary
from samovar.types import Audio, Limits, ModelSpec, Signature, TensorSpec
from tokenizers import AddedToken, Tokenizer, decoders, models

RATE_HZ, WINDOW_S, MELS = 1000, 2, 8
WORDS = ("Ġtea", "Ġis", "Ġhot", "Ġcold", "Ġ", "Ġmusic")
MARKS = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|de|>",
    "<|haw|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
NUMBERS = {name: number for number, name in enumerate((*WORDS, *MARKS))}
END, START = NUMBERS["<|endoftext|>"], NUMBERS["<|startoftranscript|>"]
TIME = len(NUMBERS)
SIZE = TIME + WINDOW_S * 50 + 1
PARAMS = Transcribe(rate_hz=RATE_HZ, window=40, hop=10, max_tokens=24)
DECODING = json.dumps({"suppress": [5], "suppress_first": [4, END]}).encode()


@dataclass(frozen=True)
class Script:
    """What is said of a tone: tokens, a language, how likely it is that nobody speaks."""

    tokens: tuple[int, ...]
    language: str = "en"
    silence: float = 0.0
    sure: float = 20.0


def words(text: str) -> tuple[int, ...]:
    """Tokens of a line like `0.0 tea is 1.2`: numbers are times in seconds."""
    return tuple(
        TIME + round(float(part) * 50) if part[0].isdigit() else NUMBERS[f"Ġ{part}"]
        for part in text.split()
    )


def tone(number: int, seconds: float = WINDOW_S, language: str = "") -> Audio:
    """A sound that the encoder knows as `number`, 1…5."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return Audio(np.sin(2 * np.pi * 75 * number * time).astype(np.float32), RATE_HZ, language)


def joined(*sounds: Audio) -> Audio:
    """Sounds one after the other."""
    return Audio(np.concatenate([sound.samples for sound in sounds]), RATE_HZ)


def tokenizer(marks: Sequence[str] = MARKS) -> Tokenizer:
    """The words and marks above, as the tokenizers library keeps them."""
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="Ġ"))
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(mark, special=True) for mark in marks])
    return made


def vocabulary() -> Vocabulary:
    """The marks of the tokenizer."""
    return read_vocabulary(tokenizer(), DECODING, SIZE)


def encoder() -> FunctionRunner:
    """`mel` → `cross.0.key`: which tone is the loudest in the window's first tenth."""
    signature = Signature(
        (TensorSpec("mel", "FP32", (-1, MELS, WINDOW_S * 100)),),
        (TensorSpec("cross.0.key", "FP32", (-1, 1, 1, 1)),),
    )

    def listen(tensors):
        loud = tensors["mel"][:, :, 2:20].mean(axis=2).argmax(axis=1)
        return {"cross.0.key": loud.astype(np.float32).reshape(-1, 1, 1, 1)}

    return FunctionRunner(signature, listen)


def decoder(scripts: Mapping[int, Script]) -> FunctionRunner:
    """Says the script of each row's tone; its past holds what was said."""
    past = TensorSpec("past.0.key", "FP32", (-1, 1, -1, 1))
    signature = Signature(
        (
            TensorSpec("input_ids", "INT64", (-1, -1)),
            past,
            TensorSpec("cross.0.key", "FP32", (-1, 1, 1, 1)),
        ),
        (
            TensorSpec("logits", "FP32", (-1, SIZE)),
            TensorSpec("present.0.key", "FP32", (-1, 1, -1, 1)),
        ),
    )
    bands = {band_of(number): script for number, script in scripts.items()}

    def say(tensors):
        new = tensors["input_ids"][:, None, :, None].astype(np.float32)
        said = np.concatenate([tensors["past.0.key"], new], axis=2)
        tones = tensors["cross.0.key"].reshape(-1).astype(int).tolist()
        rows = [_scores(bands[tone], said[row, 0, :, 0]) for row, tone in enumerate(tones)]
        logits = np.array(rows, np.float32).reshape(-1, SIZE)
        return {"logits": logits, "present.0.key": said}

    return FunctionRunner(signature, say)


def band_of(number: int) -> int:
    """The band in which a tone is loudest."""
    from samovar.steps.mel import log_mel

    mel = log_mel(tone(number).samples[None], MELS, RATE_HZ, 40, 10)
    return int(mel[0, :, 2:20].mean(axis=1).argmax())


def _scores(script: Script, said: np.ndarray) -> np.ndarray:
    assert said[0] == START
    scores = np.zeros(SIZE)
    if len(said) == 1:
        scores[NUMBERS[f"<|{script.language}|>"]] = 10
        # So that nobody speaks with the script's probability, whatever the others have.
        rest = np.exp(10) + SIZE - 2
        share = min(max(script.silence, 1e-6), 1 - 1e-6)
        scores[NUMBERS["<|nospeech|>"]] = np.log(rest * share / (1 - share))
        return scores
    step = len(said) - 3
    scores[script.tokens[step] if step < len(script.tokens) else END] = script.sure
    return scores


def program(
    scripts: Mapping[int, Script], params: Transcribe = PARAMS, max_seconds: float = 600
) -> TranscribeProgram:
    """The program over the two runners."""
    spec = ModelSpec("tiny", limits=Limits(max_seconds=max_seconds))
    files = {"tokenizer.json": tokenizer().to_str().encode(), "decoding.json": DECODING}
    runners = {"encode": encoder(), "decode": decoder(scripts)}
    return params.bind(spec, runners, files.__getitem__)
