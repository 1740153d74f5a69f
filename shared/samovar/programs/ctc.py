"""Text from the per-step scores of a recogniser trained with CTC (Graves et al. 2006)."""

from collections.abc import Sequence

from samovar.types import Array

BLANK = 0


def read_charset(text: str) -> tuple[str, ...]:
    """A recogniser's characters by index: blank, one a line of the file, and the space last."""
    return ("", *text.removesuffix("\n").split("\n"), " ")


def greedy_decode(scores: Array, charset: Sequence[str]) -> list[tuple[str, float]]:
    """(text, mean probability of its characters in [0, 1]) for each row.

    `scores` is float32 (rows, steps, characters), probabilities. The best character of
    each step is taken, repeats become one, blanks go. No character gives ("", 0.0).
    """
    if not scores.size:
        return [("", 0.0)] * len(scores)
    best, probability = scores.argmax(axis=2), scores.max(axis=2)
    kept = best != BLANK
    kept[:, 1:] &= best[:, 1:] != best[:, :-1]
    return [
        ("".join(charset[index] for index in row[held]), float(chance[held].mean()))
        if held.any()
        else ("", 0.0)
        for row, chance, held in zip(best, probability, kept, strict=True)
    ]
