"""The rows of a sample as requests and golden examples, with scikit-learn's own answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from samovar.golden import compare

from samovar_cli.adding.fitted.bringing import Brought
from samovar_cli.adding.requests import Request, inline

_MOST_EXAMPLES = 5
_SCORE = 2e-3
_VALUE = 1e-3  # of the value itself
SAYS = (
    "Rows with what scikit-learn answered to them: `samovar models check` compares. Put more of",
    "your own here, of the sizes that people send.",
)


def request(brought: Brought) -> Request:
    """The first row as a person sends it."""
    row = _plain_first(brought)[0][0]
    return inline(row if brought.found["is_text"] else {"row": row}, "application/json")


def all_rows(brought: Brought) -> str:
    """Every row that was kept, in one request of JSON."""
    return orjson.dumps({"rows": brought.found["rows"]}).decode()


def examples(brought: Brought) -> tuple[Mapping[str, Any], ...]:
    """`[[examples]]`: a row of each class, or the first ones."""
    kept: dict[Any, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for number, (row, answer) in enumerate(_plain_first(brought)):
        if answer and None not in row.values():
            kept.setdefault(answer.get("label", number), (row, answer))
    return tuple(
        {
            "name": _name(brought, number, answer),
            **(row if brought.found["is_text"] else {"json": {"row": row}}),
            "expect": answer,
            "tolerance": _tolerance(answer),
        }
        for number, (row, answer) in enumerate(list(kept.values())[:_MOST_EXAMPLES], 1)
    )


def served_otherwise(
    brought: Brought, answers: Sequence[Mapping[str, Any]]
) -> list[tuple[int, str]]:
    """Rows (from 0) that the finished model answers otherwise than scikit-learn, and how."""
    wrong = []
    for number, wanted in enumerate(brought.found["answers"]):
        found = compare(wanted, answers[number], _tolerance(wanted))
        if not found.same:
            wrong.append((number, "; ".join(map(str, found.faults))))
    return wrong


def _name(brought: Brought, number: int, answer: Mapping[str, Any]) -> str:
    of = f"a row of {brought.sample}" if brought.sample else "a made-up row"
    return f"{of}: {answer['label']}" if "label" in answer else f"{of}, {number}"


def _plain_first(brought: Brought) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Rows with their answers; those with nulls, which TOML does not know, at the end."""
    pairs = zip(brought.found["rows"], brought.found["answers"], strict=True)
    return sorted(pairs, key=lambda pair: None in pair[0].values())


def _tolerance(answer: Mapping[str, Any]) -> float:
    value = abs(answer.get("value", 0.0))
    return float(f"{max(_SCORE, value * _VALUE):.1g}")
