"""`samovar models compile`: what it makes, what it leaves alone, what it tells."""

import json
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samovar.adapters.machine import this_machine
from samovar.compiled import folder_of, read_record
from samovar.types import Array
from samovar_cli.models.candidates import TRAFFIC, Tried, order_forms
from samovar_cli.models.forming import differences
from samovar_cli.models.trials import Entrant, Times

from tests import compiled_models as compiled
from tests.cli.conftest import Run

ONES = json.dumps({"row": {"x": [1.0] * compiled.WIDTH}})
EXAMPLE = f"""
[[examples]]
name = "ones"
content_type = "application/json"
text = '{ONES}'
expect = {{}}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with one model that can be compiled."""
    compiled.write_product(tmp_path, manifest=EXAMPLE)
    return tmp_path


def compiled_json(samovar: Run, root: Path, *options: str) -> dict[str, Any]:
    shown = samovar("models", "compile", "--models", root, "--json", *options)
    assert shown.exit_code == 0, shown.stderr
    (document,) = json.loads(shown.stdout)
    found: dict[str, Any] = document
    return found


def home_of(root: Path) -> Path:
    return root / "product" / "1" / folder_of(this_machine().architecture)


def test_a_small_model_is_left_as_it_is_and_the_record_says_so(samovar: Run, mine: Path) -> None:
    found = compiled_json(samovar, mine)
    assert found["changed"]
    assert found["graphs"]["model.onnx"]["forms"] == []
    assert found["graphs"]["model.onnx"]["said"].startswith("small")
    assert sorted(path.name for path in home_of(mine).iterdir()) == [
        "compiled.json",
        "measured.json",
    ]


def test_what_was_compiled_is_not_compiled_again(samovar: Run, mine: Path) -> None:
    compiled_json(samovar, mine)
    before = (home_of(mine) / "compiled.json").stat().st_mtime_ns
    assert not compiled_json(samovar, mine)["changed"]
    assert not compiled_json(samovar, mine, "--quick")["changed"]
    assert (home_of(mine) / "compiled.json").stat().st_mtime_ns == before


def test_who_looks_harder_or_for_other_traffic_looks_again(samovar: Run, mine: Path) -> None:
    compiled_json(samovar, mine, "--quick")
    assert compiled_json(samovar, mine)["changed"]
    assert compiled_json(samovar, mine, "--profile", "rare")["changed"]


def test_a_model_whose_file_changed_is_compiled_again(samovar: Run, mine: Path) -> None:
    compiled_json(samovar, mine)
    compiled.write_product(mine, "other")
    (mine / "other" / "1" / "model.onnx").replace(mine / "product" / "1" / "model.onnx")
    path = mine / "product" / "1" / "model.onnx"
    path.write_bytes(path.read_bytes() + b"\x32\x00")  # an empty doc_string more
    (mine / "other" / "1").rmdir()
    (mine / "other").rmdir()
    assert compiled_json(samovar, mine)["changed"]


def test_every_candidate_of_a_small_model_is_tried_when_that_is_asked_for(
    samovar: Run, mine: Path
) -> None:
    found = compiled_json(samovar, mine, "--force", "--quick")
    tried = found["measured"]["model.onnx"]
    assert {"plain", "prepacked/prepacked", "mapped/mapped"} <= tried.keys()
    assert all(times["start_cpu_ms"] > 0 for times in tried.values())


def test_the_files_that_are_kept_are_those_that_the_record_names_and_anybody_may_read_them(
    samovar: Run, mine: Path
) -> None:
    compiled_json(samovar, mine, "--force", "--quick")
    home = home_of(mine)
    record = read_record((home / "compiled.json").read_bytes())
    assert record is not None
    listed = {file for form in record.graphs["model.onnx"].forms for file in form.files}
    assert {path.name for path in home.iterdir()} == {"compiled.json", "measured.json", *listed}
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o644}
    assert sorted(path.name for path in home.parent.iterdir()) == [home.name]


def test_a_model_at_fault_is_told_of_and_the_others_are_compiled(samovar: Run, mine: Path) -> None:
    compiled.write_product(mine, "broken")
    (mine / "broken" / "1" / "model.onnx").write_bytes(b"no graph")
    shown = samovar("models", "compile", "--models", mine)
    assert shown.exit_code == 1
    assert "broken: " in shown.stdout
    assert "product" in shown.stdout
    assert home_of(mine).is_dir()


def test_a_profile_of_traffic_that_there_is_not_is_refused(samovar: Run, mine: Path) -> None:
    shown = samovar("models", "compile", "--models", mine, "--profile", "busy")
    assert shown.exit_code == 1
    assert "choose steady or rare" in shown.stderr


def test_the_same_graph_saved_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        compiled.compile_product(compiled.write_product(tmp_path / name)) for name in ("a", "b")
    )
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_check_opens_every_form_and_names_one_that_answers_otherwise(
    samovar: Run, mine: Path
) -> None:
    home = compiled.compile_product(mine / "product")
    shown = samovar("models", "check", "product", "--models", mine)
    assert shown.exit_code == 0, shown.stdout
    assert "1 compiled forms were opened" in " ".join(shown.stdout.split())
    (home / "model.prepacked.bin").write_bytes(b"")
    shown = samovar("models", "check", "product", "--models", mine)
    assert shown.exit_code == 5
    assert "product, compiled, model.onnx as prepacked" in shown.stdout


def test_a_models_page_says_what_it_is_opened_from(samovar: Run, mine: Path) -> None:
    assert "Opened from" not in samovar("models", "show", "product", "--models", mine).stdout
    home = compiled.compile_product(mine / "product")
    page = samovar("models", "show", "product", "--models", mine).stdout
    assert "as the kernels want them" in " ".join(page.split())
    compiled.rewrite(home, onnxruntime="1.2.3")
    page = samovar("models", "show", "product", "--models", mine).stdout
    assert "the .onnx: it was compiled by onnxruntime 1.2.3" in " ".join(page.split())


def times(start: float, warm: float) -> Times:
    return Times(start, start, start, warm, warm)


PLAIN = times(100, 10)
SLOW_WARM = Tried("mapped/mapped-unpacked", times(10, 11.5), bound=False)
BOUND = Tried("prepacked/prepacked", times(40, 10), bound=True)
ALIKE = Tried("mapped/mapped", times(38, 10), bound=True)
PORTABLE = Tried("portable/mapped-all", times(80, 10), bound=False)
NO_GAIN = Tried("ort/ort", times(97, 10), bound=False)


def kept(tried: Sequence[Tried], traffic: str = "steady") -> list[str]:
    return [one.name for one in order_forms(PLAIN, tried, TRAFFIC[traffic])]


def test_a_form_that_slows_warm_requests_is_for_rare_traffic_alone() -> None:
    assert kept([SLOW_WARM]) == []
    assert kept([SLOW_WARM], "rare") == [SLOW_WARM.name]


def test_of_forms_that_are_alike_the_one_is_kept_whose_memory_is_shared() -> None:
    assert kept([BOUND, ALIKE]) == [BOUND.name]


def test_behind_a_form_for_this_cpu_one_for_any_is_kept() -> None:
    assert kept([BOUND, PORTABLE, NO_GAIN]) == [BOUND.name, PORTABLE.name]


def test_a_form_that_gains_nothing_is_not_kept() -> None:
    assert kept([NO_GAIN]) == []
    assert kept([]) == []


def test_a_form_is_compared_bit_by_bit(tmp_path: Path) -> None:
    first, second = compiled.write_product(tmp_path, "a"), compiled.write_product(tmp_path, "b")
    other = second / "1" / "model.onnx"
    nudged = np.nextafter(compiled.weights(), np.float32(9))
    other.write_bytes(other.read_bytes().replace(compiled.weights().tobytes(), nudged.tobytes()))
    feed: dict[str, Array] = {"x": np.ones((2, compiled.WIDTH), np.float32)}
    entrants = [
        Entrant("plain", first / "1" / "model.onnx", "plain"),
        Entrant("same", first / "1" / "model.onnx", "mapped"),
        Entrant("nudged", other, "plain"),
        Entrant("away", tmp_path / "none.onnx", "plain"),
    ]
    found = differences(entrants, [feed])
    assert found["plain"] == found["same"] == 0.0
    assert 0 < found["nudged"] < 1e-4
    assert found["away"] == float("inf")
