"""No text costs more than its length: counted in work, and in what patterns can do, not in time."""

import re
import re._constants as ops  # what the standard library's own parser says
import re._parser as parser
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest
from samovar.guarding import accounts, addresses, phones, terms

from tests.unit.guarding.house import pii, whole
from tests.unit.guarding.house import terms as blocked

PATTERNS = {
    f"{module.__name__}.{name}": value
    for module in (accounts, addresses, phones, terms)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
BAD = {
    "digits": "1",
    "groups": "1 ",
    "pluses": "+1 ",
    "fours": "4111 ",
    "dots": "1.",
    "at signs": "a@",
    "labels": "a@b.",
    "letters": "a",
    "colons": "a:",
    "links": "a://",
    "secrets": "a://:",
    "accounts": "DE12 ",
    "brackets": "(0",
    "marks": "\u0301",
    "invisible": "\u200b",
}


def endless(tree: Any, *, within: bool = False) -> Iterator[str]:
    """Repeats without an end that stand within another repeat, or hold more than one character."""
    for op, value in tree:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            _, most, inner = value
            if most is ops.MAXREPEAT and (within or len(inner) > 1):
                yield str(inner)
            yield from endless(inner, within=True)
        elif op is ops.SUBPATTERN:
            yield from endless(value[-1], within=within)
        elif op is ops.BRANCH:
            for branch in value[1]:
                yield from endless(branch, within=within)
        elif op in (ops.ASSERT, ops.ASSERT_NOT):
            yield from endless(value[1], within=within)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_has_an_endless_repeat_within_another(name: str) -> None:
    assert list(endless(parser.parse(PATTERNS[name].pattern))) == []


def test_the_plans_of_numbers_have_no_endless_repeat_at_all() -> None:
    for code, trunk, *patterns in phones._lines().values():
        assert (code + trunk.strip("-")).isdigit()
        assert not any(re.search(r"[*+]|,\}", pattern) for pattern in patterns)


def calls(text: str) -> int:
    """How many functions run, ours and those in C, to judge a text."""
    rules, count = (*pii(), *blocked("project zeus")), 0
    whole(text[:100], rules)  # what is read once is read

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        whole(text, rules)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", sorted(BAD))
def test_twice_the_text_is_at_most_twice_the_work(name: str) -> None:
    text = BAD[name] * (1000 // len(BAD[name]))
    once, twice = calls(text), calls(text * 2)
    assert twice <= 2.2 * once + 50
    assert once <= 120 * len(text)
