"""Texts with labels, held out: to-dos written by hand, and questions by what they are about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.places import ROOT
from recipes.task_rows import read_rows

CORPUS = ROOT / "build" / "corpora" / "chatterbot_corpus" / "data" / "english"
TOPICS: Mapping[str, str] = {
    "trivia": "a quiz question of general knowledge",
    "coding": "programming, code and algorithms",
    "psychology": "what the speaker says of somebody's character and behaviour",
    "ai": "artificial intelligence, robots and computers that think",
    "emotion": "feelings and moods",
}
"""Topics with enough lines, and what they mean as one who has seen a few would say it."""
MOST_OF_A_TOPIC = 100
PRIORITIES: Mapping[str, str] = {
    "High": "somebody is hurt soon if it is left: a hard deadline within days, money, safety,"
    " health, law, security",
    "Medium": "somebody expects it and some days more do little harm: ordinary work,"
    " appointments, errands and housework",
    "Low": "nobody waits and it may never be done: leisure, looks, tidying for its own sake,"
    " some day",
}
"""As task-priority's own manifest explains them."""


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Rows as (text, label's index); `asked` are those that may be asked, once not an example."""

    name: str
    title: str
    labels: Mapping[str, str]
    rows: Sequence[tuple[str, int]]
    asked: Sequence[int]


def to_dos() -> LabelledTexts:
    """300 to-dos by hand; the 210 that the shipped model is measured on are asked."""
    names = list(PRIORITIES)
    development, held_out = read_rows("dev"), read_rows("heldout")
    rows = [(row.text, names.index(row.label)) for row in (*development, *held_out)]
    asked = range(len(development), len(rows))
    return LabelledTexts("to-dos", "To-dos by their priority", PRIORITIES, rows, asked)


def topics() -> LabelledTexts:
    """First lines of chatterbot-corpus' English dialogues (BSD), 100 of a topic at most."""
    by_topic: dict[str, set[str]] = defaultdict(set)
    for path in sorted(CORPUS.glob("*.yml")):
        for text in _first_lines(path):
            by_topic[text].add(path.stem)
    names, rows = list(TOPICS), []
    for name in names:
        texts = sorted(text for text, found in by_topic.items() if found == {name})
        Random(1).shuffle(texts)  # noqa: S311 - rows, not secrets
        rows += [(text, names.index(name)) for text in texts[:MOST_OF_A_TOPIC]]
    return LabelledTexts("topics", "Questions by their topic", TOPICS, rows, range(len(rows)))


def _first_lines(path: Path) -> list[str]:
    import yaml

    said = yaml.safe_load(path.read_text("utf-8"))
    return [" ".join(str(talk[0]).split()) for talk in said["conversations"]]
