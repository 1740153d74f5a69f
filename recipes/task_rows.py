"""task-priority's rows: those to train on, made from templates, and those written by hand.

Everything is drawn from a seeded generator of the standard library: the same rows each time.
"""

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent / "data"
LABELS = ("High", "Medium", "Low")
SEED = 20260417
_SLOT = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Row:
    """A to-do and its priority; rows that are made from one template share its `group`."""

    text: str
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class Templates:
    """task_priority_templates.toml."""

    slots: Mapping[str, Sequence[str]]
    tasks: Mapping[str, Sequence[str]]
    shifts: Mapping[str, Sequence[str]]
    openings: Sequence[str]
    endings: Sequence[str]


@cache
def read_templates() -> Templates:
    """The templates as they are committed."""
    table: dict[str, Any] = tomllib.loads(
        (DATA / "task_priority_templates.toml").read_text(encoding="utf-8")
    )
    tasks = {label: table[label]["templates"] for label in LABELS}
    return Templates(table["slots"], tasks, table["shifts"], **table["styles"])


def training_rows(each_label: int = 2400, shifted: int = 500) -> list[Row]:
    """About `each_label` rows a label, no text twice, in a fixed order.

    `shifted` of High and of Low are Medium tasks with a remark that moves them.
    """
    templates = read_templates()
    random = Random(SEED)  # noqa: S311 - rows, not secrets
    plain = {"High": each_label - shifted, "Medium": each_label, "Low": each_label - shifted}
    rows = [
        Row(_styled(_fill(task, templates, random), templates, random), label, task)
        for label in LABELS
        for task in _evenly(templates.tasks[label], plain[label])
    ]
    undated = [task for task in templates.tasks["Medium"] if "{later}" not in task]
    for label, shift in (("High", "pressing"), ("Low", "relaxed")):
        for task in _evenly(undated, shifted):
            text = _shifted(task, random.choice(templates.shifts[shift]), templates, random)
            rows.append(Row(_styled(text, templates, random), label, task))
    return list({normal(row.text): row for row in rows}.values())


def read_rows(name: str) -> list[Row]:
    """The rows of task_priority_<name>.csv, each a group of its own."""
    with (DATA / f"task_priority_{name}.csv").open(encoding="utf-8", newline="") as file:
        return [Row(row["text"], row["label"], row["text"]) for row in csv.DictReader(file)]


def normal(text: str) -> str:
    """A text without case, punctuation and doubled spaces: what makes two rows the same."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """Its words in lower case."""
    return re.findall(r"[\w']+", text.lower())


def _evenly(tasks: Sequence[str], count: int) -> list[str]:
    return [tasks[number % len(tasks)] for number in range(count)]


def _fill(task: str, templates: Templates, random: Random) -> str:
    used: set[str] = set()

    def choose(found: re.Match[str]) -> str:
        options = found[1].split("|") if "|" in found[1] else templates.slots[found[1]]
        chosen = random.choice([option for option in options if option not in used])
        used.add(chosen)
        return chosen

    return _SLOT.sub(choose, task)


def _shifted(task: str, shift: str, templates: Templates, random: Random) -> str:
    filled = _fill(task, templates, random)
    if not shift.startswith("{task}"):
        filled = filled[0].lower() + filled[1:]
    return _fill(shift.replace("{task}", filled), templates, random)


def _styled(text: str, templates: Templates, random: Random) -> str:
    if random.random() < 0.25:
        text = random.choice(templates.openings) + text[0].lower() + text[1:]
    if random.random() < 0.15:
        text += random.choice(templates.endings)
    if random.random() < 0.4:
        text = text.lower()
    return _mistyped(text, random) if random.random() < 0.12 else text


def _mistyped(text: str, random: Random) -> str:
    """Two letters within a long word swapped, or one left out."""
    long = list(re.finditer(r"[a-z]{5,}", text))
    if not long:
        return text
    word = random.choice(long)
    at = random.randrange(word.start() + 1, word.end() - 1)
    middle = text[at + 1] + text[at] if random.random() < 0.5 else text[at + 1]
    return text[:at] + middle + text[at + 2 :]
