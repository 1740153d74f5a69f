"""Plots of simulations: what they show, and the same bytes for the same data."""

from pathlib import Path

import pytest
from samovar_cli.plots import save
from samovar_cli.simulate.pictures import Point, costs, crossovers, distributions

FOUND = {
    "small": [Point(1, 1, True), Point(10, 10, True), Point(100, 100, True)],
    "large": [Point(1, 20, True), Point(10, 20, True), Point(100, 20, True)],
}
LATE = {
    name: [point._replace(in_time=point.rate < 100) for point in points]
    for name, points in FOUND.items()
}


def test_a_crossover_lies_between_the_rates_that_were_looked_at() -> None:
    assert crossovers(FOUND) == [(1, "small"), (pytest.approx(31.6, abs=0.1), "large")]


def test_where_nothing_is_in_time_nothing_is_cheapest() -> None:
    assert [name for _, name in crossovers(LATE)] == ["small", "none in time"]
    assert crossovers({}) == []
    assert crossovers({"none": []}) == []


def test_costs_have_a_line_for_each_way_and_hollow_marks_where_it_is_late() -> None:
    (axes,) = costs(LATE, 0.3).axes
    _, labels = axes.get_legend_handles_labels()
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert labels == ["small", "large"]
    assert [len(line.get_xdata()) for line in hollow] == [1, 1]
    assert {text.get_text().strip() for text in axes.texts} == {"small", "none in time"}


def test_distributions_end_at_the_share_that_was_answered() -> None:
    found = {"a": [(0.1, 0.5), (0.2, 0.9)], "nobody": []}
    (axes,) = distributions(found, 0.3).axes
    line = axes.lines[0]
    assert list(line.get_xdata()) == [100.0, 200.0]
    assert list(line.get_ydata()) == [0.5, 0.9]
    assert axes.lines[-1].get_xdata()[0] == 300.0


def test_the_same_simulation_is_the_same_file(tmp_path: Path) -> None:
    paths = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for path in paths:
        save(costs(FOUND, 0.3), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
