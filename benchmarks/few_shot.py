"""`python -m benchmarks.few_shot`: how right classify is, by how many examples it is given.

Examples are drawn again and again; the rows that are asked are none of them. Each set's rows are
what the other's labels must not know. Needs `make models`; `make bench-few-shot` sets up the rest.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from samovar.classification.fitting import Head, familiarity, fit_head, probabilities
from samovar.classification.label_heads import USUAL_SHARE, directions_of
from samovar.embedding import embed
from samovar.settings import Settings
from samovar.wiring import build_service

from benchmarks.few_shot_page import page, picture
from benchmarks.few_shot_sets import CORPUS, LabelledTexts, to_dos, topics
from benchmarks.machine import machine
from benchmarks.places import MODELS, RESULTS, ROOT

MODEL, SHIPPED = "minilm-small", "task-priority"
SHOTS = (0, 1, 2, 4, 8, 16, 32)
BINS = 10
Figures = dict[str, float]


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/few_shot.{md,json} and the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_shot", description=__doc__)
    parser.add_argument("--draws", type=int, default=20)
    asked = parser.parse_args(arguments)
    missing = [str(path) for path in (MODELS / MODEL / "1", CORPUS) if not path.is_dir()]
    if missing:
        print(f"not there: {', '.join(missing)}; run `make bench-few-shot`", file=sys.stderr)
        return 1
    found = measure(asked.draws)
    text = page(found)
    print(text)
    RESULTS.joinpath("few_shot.md").write_text(text, "utf-8")
    kept = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    RESULTS.joinpath("few_shot.json").write_bytes(kept)
    picture(found, ROOT / "docs" / "images" / "few-shot.svg")
    return 0


def measure(draws: int) -> dict[str, Any]:
    """Each set's figures, with names and descriptions and with names alone, by examples a label."""
    service = build_service(Settings(models_dir=MODELS))
    spec = service.spec(MODEL)
    sets = [to_dos(), topics()]
    vectors = {
        one.name: embed([text for text, _ in one.rows], service.predict, spec) for one in sets
    }
    found: dict[str, Any] = {}
    for one, other in zip(sets, reversed(sets), strict=True):
        for words, meant in (("descriptions", list(one.labels.values())), ("names", None)):
            said = [*one.labels, *(meant or one.labels)]
            names = directions_of(embed(said, service.predict, spec), len(one.labels))
            found.setdefault(one.name, {"title": one.title, "labels": list(one.labels)})[words] = {
                str(shots): _figures(
                    one, vectors[one.name], vectors[other.name], names, shots, draws
                )
                for shots in SHOTS
            }
        found[one.name]["rows"] = len(one.rows)
    metrics = service.spec(SHIPPED).metrics
    shipped = {"accuracy": metrics["accuracy"], "rows": metrics["rows"]}
    return {"machine": machine(), "model": MODEL, "draws": draws, "shipped": shipped, "sets": found}


def _figures(
    one: LabelledTexts, vectors: Any, foreign: Any, names: Any, shots: int, draws: int
) -> dict[str, Any]:
    """Means over draws, and of the accuracy also how far they lie apart."""
    truth = np.array([label for _, label in one.rows])
    drawn: list[Figures] = []
    for seed in range(draws if shots else 1):
        chosen = _drawn(truth, len(names), shots, seed)
        asked = np.setdiff1d(one.asked, chosen)
        head = fit_head(vectors[chosen], truth[chosen], names)
        drawn.append(_measured(head, vectors[asked], truth[asked], foreign))
    means = {name: _mean([each[name] for each in drawn]) for name in drawn[0]}
    spread = np.percentile([each["accuracy"] for each in drawn], [10, 90]).round(4).tolist()
    return {**means, "accuracy_p10": spread[0], "accuracy_p90": spread[1], "draws": len(drawn)}


def _drawn(truth: Any, labels: int, shots: int, seed: int) -> Any:
    """So many rows of each label, as their indexes."""
    random = np.random.default_rng(seed)
    rows = [
        random.choice(np.flatnonzero(truth == at), shots, replace=False) for at in range(labels)
    ]
    return np.concatenate(rows)


def _measured(head: Head, rows: Any, truth: Any, foreign: Any) -> Figures:
    said = probabilities(head, rows)
    right = said.argmax(axis=1) == truth
    loss = -np.log(np.maximum(said[np.arange(len(truth)), truth], 1e-12)).mean()
    return {
        "accuracy": float(right.mean()),
        "left_out_accuracy": float("nan") if head.fit.accuracy is None else head.fit.accuracy,
        "log_loss": float(loss),
        "calibration_error": _calibration_error(said.max(axis=1), right),
        "known_refused": float((familiarity(head.known, rows) < USUAL_SHARE).mean()),
        "foreign_refused": float((familiarity(head.known, foreign) < USUAL_SHARE).mean()),
        "foreign_refused_at_20": float((familiarity(head.known, foreign) < 0.2).mean()),
    }


def _calibration_error(scores: Any, right: Any) -> float:
    """The mean distance of the score from the share that is right, over bins of the score."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [
        abs(scores[bins == each].mean() - right[bins == each].mean()) * (bins == each).mean()
        for each in np.unique(bins)
    ]
    return float(sum(gaps))


def _mean(values: Sequence[float]) -> float | None:
    found = float(np.mean(values))
    return None if np.isnan(found) else round(found, 4)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
