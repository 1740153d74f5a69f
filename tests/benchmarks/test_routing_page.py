"""The committed figures of the router: the page and the docs say what was found."""

import json
import re
from pathlib import Path

import pytest
from samovar_cli.simulate.prices import read_prices

from benchmarks import routing_table
from benchmarks.routing import MODELS, RATES, RESULTS, at_rate

DOCS = RESULTS.parents[1] / "docs" / "routing.md"
FOUND = json.loads((RESULTS / "routing.json").read_text("utf-8"))


def test_the_page_is_that_of_the_figures_and_a_picture_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page, picture = tmp_path / "routing.md", tmp_path / "routing.svg"
    routing_table.write(FOUND, page, picture)
    assert page.read_text("utf-8") == (RESULTS / "routing.md").read_text("utf-8")
    assert picture.read_text("utf-8").count("<path") > 30


def test_at_every_rate_and_model_the_router_is_near_the_better_lane() -> None:
    assert {(row["model"], row["rate"]) for row in FOUND["rates"]} == {
        (model, rate) for model in MODELS for rate in RATES
    }
    worst = max(row["times_best"] for row in FOUND["rates"])
    assert worst <= 1.10
    assert f"at most {worst:.3f} times" in DOCS.read_text("utf-8")
    assert all(row["keeps_up"] for row in FOUND["rates"])


def test_the_docs_say_how_much_less_than_instances_that_never_sleep_and_on_what_days() -> None:
    said = " ".join(DOCS.read_text("utf-8").split())
    for job in ("20 s", "3 s"):
        times = [row["times_cheaper"] for row in FOUND["idle"] if row["load"].endswith(f", {job}")]
        span = rf"{min(times):.1f} to {max(times):.1f}( times cheaper)? for jobs of {job}"
        assert re.search(span, said)
    assert all(row["idle"] >= 0.9 for row in FOUND["idle"])


def test_a_rate_is_played_to_the_figure_that_is_committed() -> None:
    """The simulator has not changed since, or the figures are to be made anew."""
    (row,) = (r for r in FOUND["rates"] if (r["model"], r["rate"]) == ("3 s", 0.1))
    again = at_rate("3 s", 0.1, read_prices())
    assert again["times_best"] == pytest.approx(row["times_best"], rel=0.02)
    assert again["month"] == pytest.approx(row["month"], rel=0.05)
