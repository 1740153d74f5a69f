"""Write the table of languages: `python -m tools.language_table PROFILES [PATH]`.

PROFILES is the folder of langdetect's profiles (its source distribution 1.0.9, Apache-2.0; counts
of letters, pairs and triples in each language's Wikipedia).
"""

import json
import math
import sys
from pathlib import Path

TABLE = Path("shared/samovar/guarding/languages.txt")
PIECES, _LONGEST = 600, 3
_SAME = {"zh-cn": "zh", "zh-tw": "zh"}


def write(profiles: Path, path: Path) -> None:
    """A line a language: its code, and its most frequent pieces with −10 · ln of their share."""
    counts: dict[str, dict[str, int]] = {}
    totals: dict[str, list[int]] = {}
    for file in sorted(profiles.iterdir()):
        name, said_of = _SAME.get(file.name, file.name), json.loads(file.read_text("utf-8"))
        own, whole = counts.setdefault(name, {}), totals.setdefault(name, [0, 0, 0])
        totals[name] = [sum(pair) for pair in zip(whole, said_of["n_words"], strict=True)]
        for piece, count in said_of["freq"].items():
            said = piece.replace(" ", "_").lower()
            if len(said) <= _LONGEST and said.strip("_").isalpha():
                own[said] = own.get(said, 0) + count
    lines = [_line(name, own, totals[name]) for name, own in sorted(counts.items())]
    source = "langdetect 1.0.9's profiles, Apache-2.0, drawn together by tools/language_table.py"
    path.write_text(f"# {source}\n" + "".join(lines), "utf-8")


def _line(name: str, own: dict[str, int], totals: list[int]) -> str:
    shares = {piece: count / totals[len(piece) - 1] for piece, count in own.items()}
    best = sorted(shares, key=lambda piece: -shares[piece])[:PIECES]
    told = " ".join(f"{piece}:{round(-10 * math.log(shares[piece]))}" for piece in best)
    return f"{name} {told}\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else TABLE)
