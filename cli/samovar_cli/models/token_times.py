"""What tokens take of a model that generates: to read one, and to say one."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from samovar import pipeline
from samovar.errors import PayloadTooLarge
from samovar.lanes import GENERATES
from samovar.model import Model
from samovar.types import Payload

_READ = (16, 64, 256)  # words of a prompt
_SAID = (2, 24)  # tokens at most
_LEAST = 2  # rounds, however long they take


@dataclass(frozen=True, slots=True)
class Generation:
    """One text: the tokens that were read and said, and its CPU time on one thread."""

    read: int
    said: int
    ms: float


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """Milliseconds of a token of a prompt, and of one that is said; zeros where there are none."""

    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    error: float = 0.0  # by which share the texts were missed, on average
    texts: int = 0


def measure_tokens(model: Model, seconds: float) -> TokenTimes:
    """Texts of several lengths after prompts of several, again and again, for so long.

    Each prompt begins with words of its own, so that nothing of it was read before.
    """
    if model.spec.program.name != GENERATES:
        return TokenTimes()
    found: list[Generation] = []
    end_s, rounds = time.monotonic() + seconds, 0
    _generate(model, 1, 2, number=0)  # the first run of a graph is dearer
    while rounds < _LEAST or time.monotonic() < end_s:
        for at, words in enumerate(_READ):
            for most in _SAID:
                number = 1 + rounds * len(_READ) + at
                one = _generate(model, words, most, number * len(_SAID) + _SAID.index(most))
                found += [one] if one else []
        rounds += 1
    return fit_tokens(found)


def fit_tokens(found: Sequence[Generation]) -> TokenTimes:
    """The two times that miss the texts by the least share, neither of them below zero. Pure."""
    wanted = np.array([one.ms for one in found])
    columns = np.array([[one.read, one.said] for one in found], float)
    if len(found) < len(_SAID) or not wanted.all():
        return TokenTimes()
    shares = columns / wanted[:, None]
    solved = np.linalg.lstsq(shares, np.ones(len(found)), rcond=None)[0]
    if (solved < 0).any():  # all of it is the other's
        kept = int(solved.argmax())
        alone = shares[:, kept]
        solved = np.zeros(2)
        solved[kept] = alone.sum() / (alone @ alone)
    error = float(np.abs(shares @ solved - 1).mean())
    return TokenTimes(float(solved[0]), float(solved[1]), error, len(found))


def _generate(model: Model, words: int, most: int, number: int) -> Generation | None:
    """One text; None where the model has no room for such a prompt."""
    prompt = f"{number} {number * 7919 % 9973} " + "and then some more of it " * (words // 6 + 1)
    asked = {"prompt": prompt, "max_tokens": most, "temperature": 0}
    payload = Payload(orjson.dumps(asked), "application/json")
    start = time.process_time()
    try:
        said = orjson.loads(pipeline.infer(payload, model).body)
    except PayloadTooLarge:
        return None
    ms = (time.process_time() - start) * 1e3
    return Generation(said["usage"]["prompt_tokens"], said["usage"]["completion_tokens"], ms)
