"""Words that must not be said, however they are written: folded, and whole words only.

Case, accents, full-width and other compatible forms, and characters that nobody sees make no
difference; neither does what stands between the words of a term. Chinese, Japanese and Thai, which
put nothing between words, are searched for as they stand.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from samovar.guarding.spans import Finder
from samovar.values import dataclass

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_MOST_BETWEEN = 3
"""Characters between two words of one term."""
MOST_WORDS, MOST_CHARACTERS = 8, 32
"""Of one term, and of one word of it."""


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).casefold()
    return "".join(one for one in plain if unicodedata.category(one) not in ("Mn", "Me", "Cf"))


def fold(text: str) -> tuple[str, Sequence[int]]:
    """A text without what makes no difference, and where each character of it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    said, places = [], []
    for at, character in enumerate(text):
        folded = _folded(character)
        said.append(folded)
        places += [at] * len(folded)
    return "".join(said), places


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms by their first word, each as its words; and those of scripts without spaces."""

    by_word: Mapping[str, tuple[tuple[str, ...], ...]]
    beginnings: frozenset[str]
    """Of their first words, whole ones among them."""
    unspaced: tuple[str, ...]

    @property
    def words(self) -> int:
        """The words of the longest term."""
        return max((len(term) for terms in self.by_word.values() for term in terms), default=0)


def read_terms(terms: Iterable[str]) -> Terms:
    """Terms, folded. Raises ValueError for one without a word, or too long."""
    by_word: dict[str, tuple[tuple[str, ...], ...]] = {}
    unspaced = []
    for term in terms:
        words = tuple(_WORD.findall(fold(term)[0]))
        if not words:
            raise ValueError(f"has a term without a word: {term[:40]!r}")
        if len(words) > MOST_WORDS or max(map(len, words)) > MOST_CHARACTERS:
            raise ValueError(f"has a term of too many words or characters: {term[:40]!r}…")
        if _UNSPACED.search(term):
            unspaced.append("".join(words))
        else:
            by_word[words[0]] = (*by_word.get(words[0], ()), words)
    beginnings = {word[:size] for word in by_word for size in range(1, len(word) + 1)}
    return Terms(by_word, frozenset(beginnings), tuple(unspaced))


def finder(terms: Terms) -> Finder:
    """What finds terms in a text."""
    longest = max(map(len, terms.unspaced), default=0)
    block = re.compile(f"(?=({'|'.join(map(re.escape, terms.unspaced)) or '(?!)'}))")

    def find(text: str) -> Iterator[tuple[int, int]]:
        said, places = fold(text)
        words = list(_WORD.finditer(said))
        for at, word in enumerate(words):
            for term in terms.by_word.get(word[0], ()):
                if _follows(words, at, term):
                    start, end = places[word.start()], places[words[at + len(term) - 1].end() - 1]
                    if end - start < _MOST:  # of it and of what nobody sees in it
                        yield start, end + 1
        for found in block.finditer(said) if longest else ():
            yield places[found.start()], places[found.start() + len(found[1]) - 1] + 1

    def pending(text: str) -> int:
        said, places = fold(text[-_HORIZON:])
        least = len(said) - _begun(said, list(_WORD.finditer(said)), terms)
        for length in range(min(longest - 1, len(said)), 0, -1):
            if any(one.startswith(said[-length:]) for one in terms.unspaced):
                least = min(least, len(said) - length)
                break
        skipped = max(len(text) - _HORIZON, 0)
        return skipped + places[least] if least < len(said) else len(text)

    return Finder("term", find, pending)


_MOST = MOST_WORDS * (MOST_CHARACTERS + _MOST_BETWEEN)
_HORIZON = _MOST + 8


def _follows(words: Sequence[re.Match[str]], at: int, term: tuple[str, ...]) -> bool:
    """Whether the words from `at` on are a term's, near enough to each other."""
    run = words[at : at + len(term)]
    if len(run) < len(term) or any(one[0] != word for one, word in zip(run, term, strict=True)):
        return False
    return all(right.start() - left.end() <= _MOST_BETWEEN for left, right in pairwise(run))


def _begun(said: str, words: Sequence[re.Match[str]], terms: Terms) -> int:
    """The characters at the end of a text that may be the beginning of a term, 0 if none are."""
    for at in range(max(len(words) - terms.words, 0), len(words)):
        run = words[at:]
        if _may_begin(said, run, terms):
            return len(said) - run[0].start()
    return 0


def _may_begin(said: str, run: Sequence[re.Match[str]], terms: Terms) -> bool:
    if len(run) == 1 and run[0].end() == len(said):
        return run[0][0] in terms.beginnings
    return any(_may_become(said, run, term) for term in terms.by_word.get(run[0][0], ()))


def _may_become(said: str, run: Sequence[re.Match[str]], term: tuple[str, ...]) -> bool:
    """Whether the words at the end of a text may go on to be a term."""
    *whole, last = run
    after = len(said) - last.end()
    if len(run) > len(term) or any(one[0] != word for one, word in zip(whole, term, strict=False)):
        return False
    word = term[len(run) - 1]
    if after:  # the word is over: only another one can make the term whole
        return word == last[0] and len(run) < len(term) and after <= _MOST_BETWEEN
    return word.startswith(last[0])
