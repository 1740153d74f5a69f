"""`samovar models optimise`: variants are made, measured, held to the original, and adopted."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from typer.testing import Result

from tests.layered_models import CLASSES, COLUMNS, weights, write_model, write_rows

Run = Callable[..., Result]
QUICK = ("--rounds", 1, "--seconds", 0)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return write_model(tmp_path / "models")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.csv")


def optimised(samovar: Run, models: Path, *words: object) -> dict[str, Any]:
    done = samovar("models", "optimise", "trees", "--models", models, *QUICK, "--json", *words)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def refused(samovar: Run, models: Path, *words: object) -> tuple[int, str]:
    done = samovar("models", "optimise", "trees", "--models", models, *QUICK, *words)
    assert done.exit_code != 0
    return done.exit_code, done.stderr


def variant(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in report["variants"] if one["name"] == name)


def test_each_variant_is_measured_and_compared_with_the_truth(
    samovar: Run, models: Path, rows: Path
) -> None:
    names = ("optimised", "fused", "int8-blocks", "int8-static-7")
    wanted = [word for name in names for word in ("--variant", name)]
    report = optimised(samovar, models, "--evaluate", rows, "--truth", "kind", *wanted)
    assert [one["name"] for one in report["variants"]] == list(names)
    assert report["rows"] + report["calibrated_on"] == 60
    assert variant(report, "fused")["not_made"] == "it has no attention"
    for name in ("optimised", "int8-blocks", "int8-static-7"):
        found = variant(report, name)
        head = found["heads"][0]
        assert (head["name"], head["against"], head["rows"]) == ("label", "truth", 48)
        assert head["metrics"]["accuracy"]["original"] == 1.0
        assert found["cost"]["request_ms"] > 0 < found["cost"]["open_ms"]
    assert variant(report, "optimised")["passed"]
    small = variant(report, "int8-static-7")["cost"]["size"]
    assert small < report["original"]["size"]


def test_a_variant_is_adopted_under_a_name_of_its_own_and_checks(
    samovar: Run, models: Path, rows: Path
) -> None:
    before = {path: path.read_bytes() for path in models.rglob("*") if path.is_file()}
    words = ("--evaluate", rows, "--truth", "kind", "--variant", "fp16", "--loss", 0.1)
    report = optimised(samovar, models, *words, "--adopt", "trees-small")
    assert report["adopted"] == str(models / "trees-small")
    assert {path: path.read_bytes() for path in before} == before
    assert samovar("models", "check", "trees-small", "--models", models).exit_code == 0
    text = (models / "trees-small" / "model.toml").read_text("utf-8")
    assert text.startswith("# Made by `samovar models optimise trees` from its version 1: fp16")
    assert "# of one row" in text
    shown = samovar("models", "show", "trees-small", "--models", models, "--json")
    assert orjson.loads(shown.stdout)["metrics"]["accuracy_of_original"] == 1.0
    again = refused(samovar, models, *words, "--adopt", "trees-small")
    assert again[0] == 1
    assert "nothing is written over" in again[1]


def test_under_its_own_name_a_variant_is_a_new_version(
    samovar: Run, models: Path, rows: Path
) -> None:
    words = ("--evaluate", rows, "--truth", "kind", "--variant", "optimised")
    report = optimised(samovar, models, *words, "--adopt", "trees")
    assert report["adopted"] == str(models / "trees" / "2")
    assert samovar("models", "check", "trees", "--models", models).exit_code == 0
    assert sorted(path.name for path in (models / "trees").iterdir()) == [
        "1", "2", "model.lock", "model.toml",
    ]  # fmt: skip


def test_a_build_that_overflows_without_vnni_is_caught_on_any_cpu(
    samovar: Run, tmp_path: Path
) -> None:
    held = weights()
    large = {**held, "w1": np.abs(held["w1"]) + 0.5}  # neighbours of one sign
    models = write_model(tmp_path / "loud", held=large)
    rows = write_rows(tmp_path / "loud.csv", held=large, scale=3.0)
    words = ("--evaluate", rows, "--truth", "kind", "--loss", 1)
    names = ("--variant", "int8-dynamic", "--variant", "int8-dynamic-7")
    report = optimised(samovar, models, *words, *names)
    full, reduced = (variant(report, name) for name in ("int8-dynamic", "int8-dynamic-7"))
    assert full["saturation"]["did"] > 0
    assert not full["passed"]
    assert "overflows on CPUs without VNNI" in full["refused"][-1]
    assert reduced["saturation"]["could"] == 0
    known = optimised(samovar, models, *words, "--variant", "int8-dynamic", "--vnni")
    assert not any("VNNI" in why for why in variant(known, "int8-dynamic")["refused"])


def test_a_build_calibrated_on_other_data_is_saturated_and_refused(
    samovar: Run, models: Path, rows: Path, tmp_path: Path
) -> None:
    faint = write_rows(tmp_path / "faint.csv", scale=0.001)
    words = ("--evaluate", rows, "--truth", "kind", "--variant", "int8-static-7")
    report = optimised(samovar, models, *words, "--samples", faint)
    found = variant(report, "int8-static-7")
    assert not found["passed"]
    assert "accuracy falls by" in found["refused"][0]
    assert report["best"] is None
    status, said = refused(samovar, models, *words, "--samples", faint, "--adopt", "trees-small")
    assert status == 1
    assert "int8-static-7 is not adopted: accuracy falls by" in said
    assert not (models / "trees-small").exists()


def test_without_truth_variants_are_held_to_what_the_original_says(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [{"row": dict.fromkeys(COLUMNS, value)} for value in (-1.0, 0.25, 2.0)]
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    report = optimised(samovar, models, "--evaluate", path, "--variant", "fp16")
    head = variant(report, "fp16")["heads"][0]
    assert (head["against"], head["metrics"]["accuracy"]["original"]) == ("original", 1.0)


def test_on_golden_examples_alone_nothing_is_adopted(samovar: Run, models: Path) -> None:
    done = samovar(
        "models", "optimise", "trees", "--models", models, *QUICK, "--variant", "optimised"
    )
    assert done.exit_code == 0
    assert "Nothing is adopted on golden examples alone" in done.stdout
    status, said = refused(samovar, models, "--adopt", "trees-small")
    assert status == 1
    assert "--evaluate" in said


@pytest.mark.slow
def test_a_model_that_a_command_distils_is_held_to_the_same_gate(
    samovar: Run, models: Path, rows: Path, tmp_path: Path
) -> None:
    script = tmp_path / "distil.py"
    script.write_text("import shutil, sys\nshutil.copyfile(sys.argv[1], sys.argv[3])\n")
    command = f"{sys.executable} {script} {{model}} {{train}} {{out}}"
    words = ("--evaluate", rows, "--truth", "kind", "--variant", "optimised")
    report = optimised(samovar, models, *words, "--train", rows, "--distil", command)
    assert variant(report, "distilled")["passed"]
    failing = f"{sys.executable} -c 'raise SystemExit(3)' {{out}}"
    report = optimised(samovar, models, *words, "--distil", failing)
    assert variant(report, "distilled")["not_made"].endswith("ended with 3")


def test_hidden_units_are_pruned_where_there_are_rows_to_learn_from(
    samovar: Run, tmp_path: Path
) -> None:
    half = weights(units=32)
    twice = {
        "w1": np.concatenate([half["w1"]] * 2, axis=1),
        "b1": np.concatenate([half["b1"]] * 2),
        "w2": np.concatenate([half["w2"]] * 2) / 2,
        "b2": half["b2"],
    }
    models = write_model(tmp_path / "twins", held=twice)
    rows = write_rows(tmp_path / "rows.csv", held=twice)
    learned = write_rows(tmp_path / "known.csv", 300, held=twice)
    words = ("--evaluate", rows, "--truth", "kind", "--train", learned)
    report = optimised(samovar, models, *words, "--variant", "pruned-50")
    found = variant(report, "pruned-50")
    assert found["passed"], found
    assert found["cost"]["size"] < report["original"]["size"] * 0.6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--variant", "int4"), "there is no variant 'int4'; there are optimised"),
        (("--variant", "pruned-25"), "name rows to learn from with --train"),
        (("--variant", "int8-static"), "name requests with --samples or --evaluate"),
        (("--distil", "python train.py"), "write {out} in the command"),
        (("--distil", "make {train} {out}"), "name rows to learn from with --train"),
        (("--plot", "report.pdf"), "a plot is a .svg or a .png file"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_built(
    samovar: Run, models: Path, words: tuple[str, ...], said: str
) -> None:
    status, told = refused(samovar, models, *words)
    assert status == 1
    assert said in " ".join(told.split())


@pytest.mark.slow
def test_the_report_is_drawn_and_read(
    samovar: Run, models: Path, rows: Path, tmp_path: Path
) -> None:
    plot = tmp_path / "report.svg"
    done = samovar(
        "models", "optimise", "trees", "--models", models, *QUICK, "--evaluate", rows,
        "--truth", "kind", "--variant", "fp16", "--variant", "fused", "--plot", plot,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert any(line.split()[:3] == ["variant", "held", "ms"] for line in lines)
    assert "fused: not made: it has no attention" in lines
    assert "trees: accuracy against latency" in plot.read_text("utf-8")


@pytest.mark.parametrize("label", ["Birch", "nan", ""])
def test_a_truth_that_is_no_class_is_told_with_its_line(
    samovar: Run, models: Path, tmp_path: Path, label: str
) -> None:
    path = write_rows(tmp_path / "rows.csv", 10)
    lines = path.read_text().splitlines()
    lines[4] = ",".join([*lines[4].split(",")[:-1], label])
    path.write_text("\n".join(lines))
    status, said = refused(samovar, models, "--evaluate", path, "--truth", "kind")
    assert status == 3
    assert "rows.csv:5: " in said
    known = ", ".join(CLASSES)
    assert known in " ".join(said.split()) or "each row needs what is true" in said
