"""What a text may say, token by token: JSON that a schema allows, a pattern, a choice of texts.

llguidance keeps the grammar; it is imported when a text first asks for one.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np

from samovar.errors import InvalidSchema
from samovar.generation.chat import Reader
from samovar.types import Array

_KEPT = 64
_LIMITS: Mapping[str, Any] = {
    "max_grammar_size": 200_000,
    "max_items_in_row": 20_000,
    "step_max_items": 500_000,
}
"""What a grammar may take: some thousand properties in any order, and 20 ms of a token's time."""
_CUT = re.compile(r"^.*failed to compile [^:]*: |\n\s+\d+ \|.*|<non-verbose/>", re.DOTALL)


class Constraint:
    """What one text may say next."""

    def __init__(self, matcher: Any, size: int) -> None:
        self._matcher = matcher
        self._size = size

    @property
    def is_over(self) -> bool:
        """Whether nothing may follow but the end."""
        return bool(self._matcher.is_stopped())

    def allowed(self, count: int) -> Array:
        """The tokens that may follow, bool (count,). Raises InvalidSchema where it gives up."""
        found = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        self._check()
        bits = np.unpackbits(found, bitorder="little", count=min(count, self._size))
        if len(bits) < count:  # scores of tokens that the tokenizer does not have
            bits = np.concatenate([bits, np.zeros(count - len(bits), np.uint8)])
        return bits.view(bool)

    def take(self, token: int) -> None:
        """A token was said. Raises InvalidSchema where the grammar gives up."""
        self._matcher.consume_token(token)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise InvalidSchema(_refusal(self._matcher.get_error()))


class Grammars:
    """The grammars that texts of one model asked for, the newest of them ready."""

    def __init__(self, reader: Reader, ends: Sequence[int]) -> None:
        self._reader = reader
        self._ends = list(ends)
        self._tokens: Any = None
        self._held: OrderedDict[bytes, Any] = OrderedDict()
        self._lock = Lock()

    def begin(self, grammar: str) -> Constraint:
        """A constraint at its beginning; `grammar` is Lark's. Raises InvalidSchema for one that
        cannot be kept to, or that no text has.
        """
        from hashlib import sha256  # OpenSSL's, which a start does not wait for

        key = sha256(grammar.encode()).digest()
        with self._lock:
            found = self._held.get(key)
        if found is None:  # compiled by whoever asks: those who ask for others do not wait
            found = self._compiled(grammar)
        with self._lock:
            self._held[key] = found
            self._held.move_to_end(key)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
            return Constraint(found.deep_copy(), self._size)

    @property
    def _size(self) -> int:
        return int(self._tokens.vocab_size)

    def _compiled(self, grammar: str) -> Any:
        import llguidance

        with self._lock:
            if self._tokens is None:
                slices = llguidance.LLTokenizer.json_slices()
                written = self._reader.tokenizer.to_str()
                self._tokens = llguidance.LLTokenizer(written, eos_token=self._ends, slices=slices)
        limits = llguidance.LLParserLimits(verbose_errors=False, **_LIMITS)
        matcher = llguidance.LLMatcher(self._tokens, grammar, log_level=0, limits=limits)
        if not matcher.is_error():
            matcher.compute_bitmask()  # what its first token may be: some are found out only here
        if matcher.is_error():
            raise InvalidSchema(_refusal(matcher.get_error()))
        return matcher


def _refusal(error: str) -> str:
    """What llguidance says of a grammar, without where it stands in one that we wrote."""
    said = " ".join(_CUT.sub("", error).split())[:300]
    for beginning, meaning in _MEANINGS:
        if said.startswith(beginning):
            said = meaning
    return f"the form that is asked for cannot be kept to: {said or _ENDLESS}"


_ENDLESS = "no text that ends has it"
_MEANINGS = (
    ("NoExtension", _ENDLESS),
    ("lexer error", "it is too complex"),
    ("Parser", "it is too complex"),
    ("oneOf", "'oneOf' is taken where no value fits two of its schemas; 'anyOf' always"),
)
