"""Speech to measure with, what is said in it, and how far a transcript is from that."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "models/whisper/examples"
TWO_CITIES = ROOT / "build/recordings/moonshine_voice/assets/two_cities.wav"


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV file and its words."""

    path: Path
    words: str


SHIPPED = (
    Recording(EXAMPLES / "young-man.wav", "He was not an ill-disposed young man."),
    Recording(
        EXAMPLES / "cold-hearted.wav",
        "Unless to be rather cold-hearted and rather selfish is to be ill-disposed.",
    ),
)
LONG = Recording(
    TWO_CITIES,
    """It was the best of times, it was the worst of times, it was the age of wisdom, it was the
    age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the
    season of light, it was the season of darkness, it was the spring of hope, it was the winter
    of despair. We had everything before us, we had nothing before us, we were all going direct
    to heaven, we were all going direct the other way. In short, the period was so far like the
    present period, that some of its noisiest authorities insisted on its being received, for
    good or for evil, in the superlative degree of comparison only.""",
)
"""44 seconds, 119 words: longer than one window."""


def recordings() -> tuple[Recording, ...]:
    """The shipped ones, and the long one where `make bench-heavy` has fetched it."""
    return (*SHIPPED, LONG) if LONG.path.is_file() else SHIPPED


def words(text: str) -> list[str]:
    """Lower case, without punctuation; a hyphen parts words."""
    return re.findall(r"[a-z0-9']+", text.lower())


def wrong_words(said: str, heard: str) -> int:
    """The fewest words to put in, leave out or change that make one text of the other."""
    before, after = words(said), words(heard)
    row = list(range(len(after) + 1))
    for number, word in enumerate(before, 1):
        left, row[0] = row[0], number
        for at, other in enumerate(after, 1):
            left, row[at] = row[at], min(left + (word != other), row[at] + 1, row[at - 1] + 1)
    return row[-1]
