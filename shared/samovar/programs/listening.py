"""Windows of sound to tokens: the language, then the likeliest token again and again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from samovar.programs.token_loop import Decoder, Talk
from samovar.programs.token_rules import admit, log_sum
from samovar.programs.vocabulary import Vocabulary
from samovar.types import Array
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one window. `tokens` is int64 (tokens,), without the end."""

    tokens: Array
    language: str
    silence: float
    """The probability that nobody speaks, in [0, 1]."""
    log_score: float
    """The mean log probability of a token."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How windows are heard: greedily, `max_tokens` a window at most."""

    decoder: Decoder
    words: Vocabulary
    task: str
    max_tokens: int
    latest_start: int

    def hear(self, heard: Mapping[str, Any], languages: Sequence[str]) -> list[Heard]:
        """What each window says. `languages` has a code for each, "" where it is to be told."""
        rows, words = len(languages), self.words
        talk = self.decoder.begin(heard, rows)
        logits = talk.say(np.full((rows, 1), words.start, np.int64))
        silence = np.exp(logits[:, words.no_speech] - log_sum(logits))
        spoken = self._languages(logits, languages)
        # One mark a call: no graph's mask, on no device, has a say in what a mark may see.
        for marks in ([words.languages[code] for code in spoken], [words.tasks[self.task]] * rows):
            logits = talk.say(np.array(marks, np.int64)[:, None])
        said, log_scores = self._go_on(talk, logits)
        found = zip(said, spoken, silence.tolist(), log_scores.tolist(), strict=True)
        return [Heard(tokens, *rest) for tokens, *rest in found]

    def _languages(self, logits: Array, asked: Sequence[str]) -> list[str]:
        codes = list(self.words.languages)
        best = logits[:, list(self.words.languages.values())].argmax(axis=1)
        return [code or codes[index] for code, index in zip(asked, best, strict=True)]

    def _go_on(self, talk: Talk, logits: Array) -> tuple[list[Array], Array]:
        """The tokens of each row up to its end, and their mean log probability with the end."""
        end = self.words.end
        said = np.zeros((len(logits), 0), np.int64)
        going, total = np.ones(len(logits), np.bool_), np.zeros(len(logits))
        while True:
            scores = admit(logits, said, self.words, self.latest_start)
            chosen = np.where(going, scores.argmax(axis=1), end)
            chance = scores[np.arange(len(scores)), chosen] - log_sum(scores)
            total += np.where(going, chance, 0)
            going &= chosen != end
            said = np.column_stack([said, chosen])
            if not going.any() or said.shape[1] >= self.max_tokens:
                break
            logits = talk.say(chosen[:, None])
        lengths = (said != end).sum(axis=1)
        rows = [row[:length] for row, length in zip(said, lengths, strict=True)]
        return rows, total / (lengths + 1)
