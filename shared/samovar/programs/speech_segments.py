"""Tokens of a window → stretches of text in time, and where the next window begins."""

import numpy as np

from samovar.programs.vocabulary import TICK_S, Vocabulary
from samovar.types import Array
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words between two times, in seconds from the window's beginning."""

    start_s: float
    end_s: float
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A window's stretches, and how much of it they settle, in seconds."""

    stretches: tuple[Stretch, ...]
    settled_s: float


def read_window(tokens: Array, length_s: float, words: Vocabulary) -> Reading:
    """The stretches of a window of `length_s`, from its tokens int64 (tokens,).

    Two times side by side end one stretch and begin the next. Where the last stretch is cut
    by the window's end, the next window begins with it again; where it is the only one it
    stands, with the last time that there is as its end. Source: Whisper's `transcribe`.
    """
    times = words.is_time(tokens)
    ends = (np.flatnonzero(times[:-1] & times[1:]) + 1).tolist()
    closed = times[-2:].tolist() == [False, True]
    if not ends:
        return Reading((_only(tokens, times, length_s, words),), length_s)
    if closed:
        ends.append(len(tokens))
    starts = [0, *ends[:-1]]
    found = [_stretch(tokens[a:b], words) for a, b in zip(starts, ends, strict=True)]
    settled = length_s if closed else _seconds(tokens[ends[-1] - 1], words)
    return Reading(tuple(found), settled)


def _only(tokens: Array, times: Array, length_s: float, words: Vocabulary) -> Stretch:
    marks = tokens[times]
    end = _seconds(marks[-1], words) if marks.size else 0.0
    start = _seconds(marks[0], words) if marks.size > 1 or (marks.size and times[0]) else 0.0
    return Stretch(start, end if end > start else length_s, _words(tokens, words))


def _stretch(tokens: Array, words: Vocabulary) -> Stretch:
    start, end = _seconds(tokens[0], words), _seconds(tokens[-1], words)
    return Stretch(start, end, _words(tokens, words))


def _words(tokens: Array, words: Vocabulary) -> tuple[int, ...]:
    return tuple(tokens[tokens < words.end].tolist())


def _seconds(token: int, words: Vocabulary) -> float:
    return float(token - words.first_time) * TICK_S
