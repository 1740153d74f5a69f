"""`samovar simulate`: what loads are made of, and what there is to answer them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.cli.tiny_pictures import write_shade

QUIET = ("simulate", "--run-ms", 20, "--rate", 2, "--hours", 0.2)


def found_of(done: Any, lane: str = "function") -> dict:
    """A lane of the document that a run printed."""
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)[lane]


def test_one_lane_is_shown_with_bars(samovar: Run) -> None:
    done = samovar(*QUIET, "--lane", "function")
    assert "the bill of a month" in done.stdout
    assert "█" in done.stdout


def test_the_distribution_of_latencies_is_told(samovar: Run) -> None:
    found = found_of(samovar(*QUIET, "--json", "--lane", "function"))
    latencies, shares = zip(*found["cdf"], strict=True)
    assert list(latencies) == sorted(latencies)
    assert shares[0] == pytest.approx(0.01)
    assert shares[-1] == 1.0
    assert np.interp(0.95, shares, latencies) == pytest.approx(found["p95_s"], rel=0.01)


def test_requests_that_are_turned_away_never_come_to_the_end_of_the_distribution(
    samovar: Run,
) -> None:
    command = ("simulate", "--rate", 20, "--hours", 0.1, "--run-ms", 200, "--most", 2)
    found = found_of(samovar(*command, "--lane", "function", "--json"))
    assert found["throttled"] > 0
    assert found["cdf"][-1][1] == pytest.approx(found["answered"] / found["requests"])


def test_a_load_jumps_between_the_two_rates_that_were_asked_for(samovar: Run) -> None:
    command = ("simulate", "--run-ms", 10, "--shape", "mmpp", "--low", 2, "--high", 200)
    found = found_of(
        samovar(*command, "--hold-s", 2, "--hours", 0.5, "--lane", "function", "--json")
    )
    assert found["requests"] == pytest.approx(101 * 1800, rel=0.15)


def test_provisioned_environments_are_paid_and_take_the_cold_starts_away(samovar: Run) -> None:
    command = (*QUIET, "--lane", "function", "--json")
    plain, ready = found_of(samovar(*command)), found_of(samovar(*command, "--provisioned", 5))
    assert plain["cold_starts"] > ready["cold_starts"] == 0
    assert ready["month"]["Lambda, provisioned"] == pytest.approx(
        5 * 1769 / 1024 * 4.1667e-6 * 730 * 3600
    )
    assert ready["month"]["Lambda, running"] < plain["month"]["Lambda, running"]


def test_more_memory_is_as_fast_as_was_measured(samovar: Run) -> None:
    command = (*QUIET, "--lane", "function", "--json", "--noise", 0, "--memory", 3538)
    slow, fast = (found_of(samovar(*command, *more)) for more in ((), ("--speedup", "2:1.6,4:2")))
    assert slow["p50_s"] == pytest.approx(0.03)
    assert fast["p50_s"] == pytest.approx(0.01 + 0.02 / 1.6)


def test_what_a_models_profile_says_is_taken_where_the_command_line_says_nothing(
    samovar: Run, tmp_path: Path
) -> None:
    write_shade(tmp_path)
    manifest = tmp_path / "shade" / "model.toml"
    profile = "request_ms = 40\nkb_ms = 10\nspeedup = [[2, 1.6]]\nnoise = 0.001\ninit_ms = 700\n"
    manifest.write_text(manifest.read_text() + f"\n[profile]\n{profile}")
    command = (
        "simulate",
        "shade",
        "--request-bytes",
        1024,
        "--memory",
        3538,
        "--json",
        "--models",
        tmp_path,
        "--lane",
        "function",
        "--rate",
        0.01,
    )
    found = found_of(samovar(*command))
    assert found["cdf"][-1][0] == pytest.approx(0.01 + 0.7 + 0.05 / 1.6, rel=0.001)
    said = found_of(samovar(*command, "--init-ms", 100))
    assert said["cdf"][-1][0] == pytest.approx(0.01 + 0.1 + 0.05 / 1.6, rel=0.001)


def test_bodies_of_many_sizes_take_as_long_as_each_one_does(samovar: Run, tmp_path: Path) -> None:
    trace = tmp_path / "sized.csv"
    trace.write_text("time,bytes\n0,1024\n10,0\n20,5120\n")
    command = ("simulate", "--trace", trace, "--size-column", "bytes", "--lane", "function")
    found = found_of(samovar(*command, "--run-ms", 30, "--kb-ms", 10, "--noise", 0, "--json"))
    # Of 2 KB on average, which take 30 ms: 20, 10 and 60; the first one's start is cold.
    assert found["p50_s"] == pytest.approx(0.07)
    drawn = ("--size-cv", 2, "--kb-ms", 5, "--request-bytes", 2048, "--noise", 0, "--json")
    spread = found_of(samovar(*QUIET, *drawn, "--lane", "function"))
    assert spread["p99_s"] > 2 * spread["p50_s"]


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("size", "time,bytes\n1,2\n", "no column 'size'"),
        ("bytes", "time,bytes\n1,-2\n", "line 2: '-2' is no size"),
        ("bytes", "time,bytes\n1,2\n2,nan\n", "line 3: 'nan' is no size"),
        ("bytes", "time,bytes\n1\n", "line 2: '' is no size"),
    ],
)
def test_sizes_that_are_none_are_refused_with_their_line(
    samovar: Run, tmp_path: Path, column: str, text: str, said: str
) -> None:
    trace = tmp_path / "sized.csv"
    trace.write_text(text)
    done = samovar("simulate", "--trace", trace, "--size-column", column, "--run-ms", 10)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


def test_a_plot_is_written_as_its_name_says(samovar: Run, tmp_path: Path) -> None:
    done = samovar(*QUIET, "--lane", "function", "--plot", tmp_path / "latencies.svg")
    assert done.exit_code == 0, done.stderr
    assert b"<svg" in (tmp_path / "latencies.svg").read_bytes()
    refused = samovar(*QUIET, "--plot", tmp_path / "latencies.gif")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "a plot is a .svg or a .png file" in refused.stderr


def test_bodies_that_a_lane_does_not_take_are_told(samovar: Run) -> None:
    command = (*QUIET, "--lane", "function", "--lane", "queue", "--request-bytes")
    assert "does not take" not in samovar(*command, 4_000_000).stdout
    said = " ".join(samovar(*command, 5_000_000).stdout.split())
    assert "function: 100.0 % of requests have more than 4.5 MB" in said
    assert "queue:" not in said


def test_a_short_trace_is_told_to_say_little_of_a_month(samovar: Run, tmp_path: Path) -> None:
    trace = tmp_path / "one.csv"
    trace.write_text("5\n")
    done = samovar("simulate", "--trace", trace, "--run-ms", 70_000, "--lane", "instance")
    said = " ".join(done.stdout.split())
    assert "1 request in 1 s" in said
    assert "1 s say little of a month" in said
    assert "say little" not in samovar(*QUIET, "--lane", "function").stdout
