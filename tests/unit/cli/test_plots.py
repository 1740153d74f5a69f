"""Plots are files of the suffix that was asked for, and the same bytes for the same data."""

from pathlib import Path

import pytest
from samovar.errors import CommandFailed
from samovar_cli.plots import COLOURS, draw, name_axes, plain_ticks, save


def line(figure) -> None:
    axes = figure.add_subplot()
    axes.plot([0.01, 1, 1000], [1, 2, 3], color=COLOURS[0], label="a lane")
    axes.set_xscale("log")
    plain_ticks(axes.xaxis, "{:,g}")
    name_axes(axes, "What it costs", "requests a second", "US dollars a month")


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG")])
def test_a_plot_is_written_as_its_suffix_says_and_alike_each_time(
    tmp_path: Path, name: str, start: bytes
) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        save(draw(line), tmp_path / folder / name)
    first, second = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
    assert first.startswith(start)
    assert first == second


def test_a_plot_that_cannot_be_written_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"a plot is a \.svg or a \.png file"):
        save(draw(line), tmp_path / "a.pdf")
    with pytest.raises(CommandFailed, match="there is no folder"):
        save(draw(line), tmp_path / "none" / "a.svg")
