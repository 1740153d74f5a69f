"""A description set anew: paragraphs flow, lists keep their shape."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from samovar_cli.models.prose import prose


def set_anew(text: str, width: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False)
    console.print(prose(text))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]  # a StringIO


def test_lines_broken_by_hand_flow_as_one_paragraph() -> None:
    assert set_anew("one two\nthree\n\nfour\n") == ["one two three", "", "four"]


def test_terms_hang_over_their_meanings() -> None:
    text = (
        "Labels:\n  High    much is lost when it\n          waits\n  Low     nothing is\nThe end."
    )
    assert set_anew(text, 30) == [
        "Labels:",
        "  High  much is lost when it",
        "        waits",
        "  Low   nothing is",
        "The end.",
    ]


def test_bullets_and_numbers_are_lists_too() -> None:
    assert set_anew("  - one\n    goes on\n  - two") == ["  -  one goes on", "  -  two"]
    assert set_anew("  1. one\n  2. two") == ["  1.  one", "  2.  two"]


@given(st.text(alphabet="ab -1.\n", max_size=200))
def test_any_description_keeps_its_words_in_order(text: str) -> None:
    assert " ".join(set_anew(text)).split() == text.split()
