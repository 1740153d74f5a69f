"""What a request says of how a text goes on, checked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from samovar.errors import InvalidInput, UnknownTensor, WrongDatatype
from samovar.generation.sampling import Sampling

MOST_STOPS, MOST_STOP_CHARACTERS, MOST_LOGPROBS, MOST_BIASES = 16, 256, 20, 1024
RANGES: Mapping[str, tuple[float, float]] = {
    "max_tokens": (1, 1_000_000),
    "temperature": (0.0, 5.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.1, 10.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "seed": (0, 2**63 - 1),
    "logprobs": (-1, MOST_LOGPROBS),
}
WHOLE = frozenset({"max_tokens", "top_k", "seed", "logprobs"})


def read_sampling(said: Mapping[str, Any], usual: Sampling) -> Sampling:
    """What a request says over what the model's manifest does; null is as if it was not said.

    Raises UnknownTensor for a name that is none, WrongDatatype and InvalidInput with the
    parameter, what it may be and what it is.
    """
    found: dict[str, Any] = {}
    for name, value in said.items():
        if name not in RANGES and name not in _SHAPED:
            known = ", ".join((*RANGES, *_SHAPED))
            raise UnknownTensor(f"'{name[:60]}' is no parameter of a generation; known: {known}")
        if value is not None:
            found[name] = _SHAPED[name](value) if name in _SHAPED else _number(name, value)
    return replace(usual, **found)


def _number(name: str, value: Any) -> float:
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongDatatype(f"'{name}' must be a number")
    if not low <= value <= high:
        raise InvalidInput(f"'{name}' must lie in [{low:g}, {high:g}], not {value}")
    if name in WHOLE and value != int(value):
        raise WrongDatatype(f"'{name}' must be a whole number, not {value}")
    return int(value) if name in WHOLE else float(value)


def _stops(value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise WrongDatatype("'stop' must be a text or a list of texts, none of them empty")
    if len(texts) > MOST_STOPS or max(map(len, texts), default=0) > MOST_STOP_CHARACTERS:
        raise InvalidInput(
            f"'stop' may have {MOST_STOPS} texts of {MOST_STOP_CHARACTERS} characters at most"
        )
    return tuple(texts)


def _biases(value: Any) -> tuple[tuple[int, float], ...]:
    """JSON has texts for keys: {"50256": -100}."""
    if not isinstance(value, dict) or len(value) > MOST_BIASES:
        raise WrongDatatype(
            f"'logit_bias' must be an object of {MOST_BIASES} tokens at most: "
            '{"<token id>": <number in [-100, 100]>}'
        )
    return tuple(_bias(*pair) for pair in value.items())


def _bias(token: str, value: Any) -> tuple[int, float]:
    if not (token.isascii() and token.isdigit() and len(token) <= 9):
        raise WrongDatatype(f"'logit_bias' has '{token[:20]}', which is no token's number")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongDatatype(f"'logit_bias' of token {token} must be a number")
    if not -100 <= value <= 100:
        raise InvalidInput(f"'logit_bias' of token {token} must lie in [-100, 100], not {value}")
    return int(token), float(value)


_SHAPED: Mapping[str, Callable[[Any], Any]] = {"stop": _stops, "logit_bias": _biases}
"""Parameters that are no numbers, and what reads each."""
