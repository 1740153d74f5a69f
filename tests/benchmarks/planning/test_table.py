"""The table says which plans are near the bound, and which ways are late."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.places import RESULTS
from benchmarks.planning.picture import picture
from benchmarks.planning.rules import RULES
from benchmarks.planning.table import LATE, least, markdown


def found(*, late: float, times: float) -> dict[str, Any]:
    bound = {"function": 40.0, "queue": 30.0, "endpoint": None, "any_door": 27.0}
    way = {"how": "queue 1769 MB", "cost": 30.0 * times, "late": late, "times_bound": times}
    ways = dict.fromkeys(("plan", *RULES), way)
    case = {"service": "document", "load": "a day", "noise": 0.2, "requests": 9}
    return {
        "machine": {"date": "2026-11-23"},
        "cases": [{**case, "bound": bound, "ways": ways}],
        "missing": ["Azure, code"],
    }


@pytest.mark.parametrize(
    ("late", "times", "near", "cell"),
    [(0.004, 1.03, 1, "| 1.03 |"), (0.004, 1.2, 0, "| 1.20 |"), (0.05, 1.0, 0, "5.0% late")],
)
def test_a_plan_is_near_if_it_is_cheap_and_in_time(
    late: float, times: float, near: int, cell: str
) -> None:
    page = markdown(found(late=late, times=times))
    assert f"Of 1 plans {near} cost" in page
    assert cell in page
    assert "Not measured: Azure, code" in page


def test_the_bound_is_that_of_the_cheapest_door_for_all() -> None:
    assert least(found(late=0, times=1)["cases"][0]) == 30.0


def test_the_picture_is_the_same_for_the_same_table(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        picture(found(late=0.0, times=1.2), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_the_committed_page_is_that_of_the_committed_figures() -> None:
    last = orjson.loads((RESULTS / "planning.json").read_bytes())
    assert (RESULTS / "planning.md").read_text("utf-8") == markdown(last)


def test_no_committed_plan_is_late_or_costs_more_than_single_calls_in_time() -> None:
    for case in orjson.loads((RESULTS / "planning.json").read_bytes())["cases"]:
        plan, single = case["ways"]["plan"], case["ways"]["one by one"]
        assert plan["late"] <= LATE
        assert plan["times_bound"] >= 0.995, "a bound that a plan is below is none"
        assert plan["cost"] <= single["cost"] * 1.001 or single["late"] > LATE
