"""Rules and screens for tests of what may not pass."""

from collections.abc import Iterable, Sequence

from samovar.guarding.screen import Screen
from samovar.guarding.spans import Rule
from samovar.steps.guard_length import GuardLength
from samovar.steps.guard_pii import GuardPii
from samovar.steps.guard_terms import GuardTerms


def no_files(name: str) -> bytes:
    raise AssertionError(f"nobody needs {name}")


def pii(*kinds: str, action: str = "redact") -> tuple[Rule, ...]:
    chosen = {"kinds": kinds} if kinds else {}
    return GuardPii(action=action, **chosen).rules(no_files)  # type: ignore[arg-type]  # a wrong action is a test too


def terms(*said: str, action: str = "redact") -> tuple[Rule, ...]:
    return GuardTerms(terms=said, action=action).rules(no_files)  # type: ignore[arg-type]  # a wrong action is a test too


def length(most: int, action: str = "redact") -> tuple[Rule, ...]:
    return GuardLength(most, action=action).rules(no_files)  # type: ignore[arg-type]  # a wrong action is a test too


def whole(text: str, rules: Sequence[Rule]) -> str:
    return Screen(rules, "the text").whole(text)


def streamed(pieces: Iterable[str], rules: Sequence[Rule]) -> list[str]:
    """What came out after each piece, and at the end."""
    screen = Screen(rules, "the text")
    return [*(screen.feed(piece) for piece in pieces), screen.end()]
