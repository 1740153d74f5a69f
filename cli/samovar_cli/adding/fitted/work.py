"""All that is done with a file of a fitted estimator, in a process of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from samovar.errors import CommandFailed, ModelFault, SamovarError

from samovar_cli.adding.fitted import converting, parity
from samovar_cli.adding.fitted.copies import by_position, for_graph
from samovar_cli.adding.fitted.features import (
    Learnt,
    column_names,
    is_text,
    learnt,
)
from samovar_cli.adding.fitted.made_rows import made_rows
from samovar_cli.adding.fitted.opening import open_estimator
from samovar_cli.adding.fitted.parity import Expected, Parity
from samovar_cli.adding.fitted.sample import (
    MOST_ROWS,
    Rows,
    read_sample,
    truth_columns,
    typed,
)

_KEPT = 200  # rows that the finished model is asked again
_FAULTS = (ModelFault, ValueError, TypeError)


def convert(options: Mapping[str, Any]) -> dict[str, Any]:
    """The graph written to `out`, and all that was found; or `said`, why there is none."""
    try:
        return {"said": "", **_converted(options)}
    except SamovarError as error:
        return {"said": error.message, "kind": type(error).__name__}


def _converted(options: Mapping[str, Any]) -> dict[str, Any]:
    path, out = Path(options["path"]), Path(options["out"])
    estimator, notes = open_estimator(path, trust_pickle=options["trust_pickle"])
    rows, known, more = _rows(estimator, options)
    placed = by_position(estimator)
    rows, wanted, left = _answered(placed, rows, known)
    if is_text(estimator):
        rows = replace(rows, names=("text",))
    way, found = _best(for_graph(placed), rows, wanted, out)
    missing = [name for name, at in zip(rows.names, rows.filled, strict=True) if at]
    if missing:
        left = (*left, f"a text that is missing is sent as an empty one: {', '.join(missing)}")
    return {
        "estimator": _described(estimator),
        "versions": _versions(),
        "columns": list(rows.names),
        "is_text": is_text(estimator),
        "labels": list(wanted.classes.values()),
        "has_scores": wanted.scores is not None,
        "way": way.said,
        "missing": any(np.isnan(c).any() for c in rows.columns if c.dtype != object),
        "parity": asdict(found),
        "notes": [*notes, *more, *left],
        **_kept(rows, wanted),
    }


def _rows(
    estimator: Any, options: Mapping[str, Any]
) -> tuple[Rows, Sequence[Learnt], tuple[str, ...]]:
    """The person's rows, or rows that are made up; with what was left of the sample."""
    said = options["columns"]
    if not options["sample"]:
        names = column_names(estimator, said, ())
        known = learnt(by_position(estimator), len(names))
        note = "its columns have made-up names: say --sample rows.csv, or --columns a,b,c"
        named = said or is_text(estimator) or hasattr(estimator, "feature_names_in_")
        return made_rows(estimator, names, known), known, () if named else (note,)
    sample = read_sample(Path(options["sample"]))
    names = column_names(estimator, said, sample.header)
    if is_text(estimator) and not said and "text" not in sample.header:
        names = _only_column(sample.path, sample.header)
    known = learnt(by_position(estimator), len(names))
    rest = [name for name in sample.header if name not in names]
    notes = (f"of {sample.path.name} these columns are no features: {', '.join(rest)}",)
    cut = (f"of {sample.path.name} the first {MOST_ROWS:,} rows were taken",)
    more = (notes if rest else ()) + (cut if sample.is_cut else ())
    truths = truth_columns(sample, names, known)
    sent = (f"send 1 for true and 0 for false in {', '.join(truths)}",)
    return typed(sample, names, known), known, (*more, *(sent if truths else ()))


def _only_column(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    if len(header) == 1:
        return tuple(header)
    raise CommandFailed(
        f"the estimator takes texts, and {path} has no column 'text': say which of "
        f"{', '.join(header)} it is with --columns"
    )


def _answered(
    estimator: Any, rows: Rows, known: Sequence[Learnt]
) -> tuple[Rows, Expected, tuple[str, ...]]:
    """scikit-learn's own answers, to the rows that a graph can be given."""
    given = _without_gaps(rows, known)
    left = len(rows) - len(given)
    notes = (f"{left} rows lack a text, which no graph can be given: they were left out",)
    if not len(given):
        raise CommandFailed("each row of the sample lacks a text: no graph can be given that")
    try:
        return given, parity.expected(estimator, given), notes if left else ()
    except Exception as error:  # noqa: BLE001 - an estimator of somebody's may raise anything
        said = " ".join(str(error).split())[:300]
        whose = "the rows of the sample" if rows.lines else "rows that are made up"
        raise CommandFailed(
            f"scikit-learn itself does not answer {whose}: {type(error).__name__}: {said}"
            + ("" if rows.lines else ". Bring rows of yours with --sample")
        ) from None


def _without_gaps(rows: Rows, known: Sequence[Learnt]) -> Rows:
    gaps = np.zeros(len(rows), bool)
    for column, learnt_of_it in zip(rows.columns, known, strict=True):
        if column.dtype == object and not learnt_of_it.is_filled:
            gaps |= column == ""
    if not gaps.any():
        return rows
    lines = tuple(line for line, gap in zip(rows.lines, gaps, strict=False) if not gap)
    return replace(rows, columns=tuple(column[~gaps] for column in rows.columns), lines=lines)


def _best(estimator: Any, rows: Rows, wanted: Expected, out: Path) -> tuple[converting.Way, Parity]:
    """The first way that answers every row alike, or the one that differs least; written."""
    tried: list[tuple[int, int, converting.Way, Parity, bytes]] = []
    failed: SamovarError | None = None
    for number, way in enumerate(converting.WAYS):
        try:
            body = converting.convert(estimator, rows, way).SerializeToString()
            out.write_bytes(body)
            found = parity.compare(wanted, _outputs(out, rows, way), rows)
        except SamovarError as error:
            failed = failed or error
            continue
        tried.append((found.differing, number, way, found, body))
        if not found.differing:
            break
    if not tried:
        raise failed or CommandFailed("it cannot be converted")
    _, _, way, found, body = min(tried, key=lambda one: one[:2])
    out.write_bytes(body)
    return way, found


def _outputs(path: Path, rows: Rows, way: converting.Way) -> parity.Answers:
    from samovar.adapters.onnx import OnnxRunner

    runner = OnnxRunner(path)
    names = [spec.name for spec in runner.signature.inputs]
    return runner.run(dict(zip(names, converting.feeds(rows, way), strict=True)), ())


def _kept(rows: Rows, wanted: Expected) -> dict[str, Any]:
    """Rows with their answers, each class first, for the model's examples and its last test."""
    tied = set(np.flatnonzero(wanted.tied()).tolist())
    all_of_them = dict.fromkeys(_firsts(wanted) + list(range(len(rows))))
    order = [at for at in all_of_them if at not in tied][:_KEPT] or [0]
    return {
        "rows": [rows.row(at) for at in order],
        "answers": [wanted.answer(at) for at in order],
    }


def _firsts(wanted: Expected) -> list[int]:
    if not wanted.classes or wanted.first.ndim != 1:
        return []
    return [int(at) for at in np.sort(np.unique(wanted.first.astype(str), return_index=True)[1])]


def _described(estimator: Any) -> str:
    steps = [type(step).__name__ for _, step in getattr(estimator, "steps", ())]
    whole = type(estimator).__name__
    return f"{whole} of {' → '.join(steps)}" if steps else whole


def _versions() -> str:
    import skl2onnx
    import sklearn

    return f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}"
