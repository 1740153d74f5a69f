"""Which token may follow which: words between pairs of times that never go back.

The rules of Whisper's own decoding (`ApplyTimestampRules`), over a whole batch at once.
"""

import numpy as np

from samovar.programs.vocabulary import Vocabulary
from samovar.types import Array


def admit(logits: Array, said: Array, words: Vocabulary, latest_start: int) -> Array:
    """The scores with −∞ for what may not come next: float32 (batch, vocabulary).

    `said` is int64 (batch, tokens), what each row has said so far. The first token is a time,
    of `latest_start` ticks at most. A time after a word must be followed by a time or the end,
    two times by a word; times do not go back, and none is without length. Where all times
    together are likelier than the likeliest word, a time comes.
    """
    scores = np.where(words.never, -np.inf, logits).astype(np.float32)
    if said.shape[1]:
        _follow(scores, said, words)
    else:
        scores[:, words.never_first] = -np.inf
        scores[:, : words.first_time] = -np.inf
        scores[:, words.first_time + latest_start + 1 :] = -np.inf
    _prefer_times(scores, words)
    return scores


def _follow(scores: Array, said: Array, words: Vocabulary) -> None:
    last = words.is_time(said[:, -1])
    before = words.is_time(said[:, -2]) if said.shape[1] > 1 else np.ones_like(last)
    scores[last & before, words.first_time :] = -np.inf
    opened = last & ~before
    # One time after a word: the pair is completed, or the text ends.
    scores[opened, : words.end] = -np.inf
    # Times only grow, so the latest is the largest token; a pair may repeat it once.
    newest = said.max(axis=1)
    floor = np.where(words.is_time(newest), newest + ~opened, 0)
    ids = np.arange(words.first_time, words.size)
    scores[:, words.first_time :][ids < floor[:, None]] = -np.inf


def _prefer_times(scores: Array, words: Vocabulary) -> None:
    times, texts = scores[:, words.first_time :], scores[:, : words.first_time]
    likelier = log_sum(times) > texts.max(axis=1)
    scores[likelier, : words.first_time] = -np.inf


def log_sum(scores: Array) -> Array:
    """Log Σ exp of each row: float32 (rows,); −∞ for a row of nothing but −∞."""
    most = scores.max(axis=1)
    level = np.where(np.isfinite(most), most, 0)
    with np.errstate(divide="ignore"):
        total: Array = level + np.log(np.exp(scores - level[:, None]).sum(axis=1))
    return total
