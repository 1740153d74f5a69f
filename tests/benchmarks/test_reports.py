"""What a report says: rows with their floors, targets met or not, what is still to come."""

import io
from itertools import count

import pytest

from benchmarks import report
from benchmarks.interleave import Quantity, Sample, interleave
from benchmarks.pace import LEAST, Pace, Progress
from benchmarks.suite import Outcome, Suite, Target, difference, of, ratio
from benchmarks.suites import SUITES

ROWS = {
    "floor": Sample("floor", (0.010, 0.012, 0.011)),
    "ours, small": Sample("ours, small", (0.020, 0.022, 0.024), (0.001, 0.002, 0.003)),
    "memory": Quantity("memory", (100.0, 300.0, 200.0), "MB"),
}
FASTER = Target("slow", "ours over the floor", ratio("ours, small", "floor"), 1.5)
MORE = Target("mb", "memory", of("memory"), 150, "MB", at_least=True)
GONE = Target("gone", "what was not measured", of("nobody"), 1)


def suite(**more: object) -> Suite:
    targets = (FASTER, MORE, GONE)
    floors = {"": "floor", "small": "floor"}
    return Suite("one", "It says.", lambda _: ROWS, 3, 1.0, floors, targets, **more)  # type: ignore[arg-type]  # as given


def test_a_target_is_met_or_missed_or_was_not_measured() -> None:
    found = report.suite_json(suite(), ROWS, 1.0)
    slow, memory, gone = found["targets"]
    assert (slow["value"], slow["met"], slow["wanted"]) == (pytest.approx(2.0), False, "≤ 1.5")
    assert (memory["value"], memory["met"], memory["wanted"]) == (200.0, True, "≥ 150")
    assert (gone["value"], gone["met"]) == (None, None)


def test_a_row_has_its_median_its_spread_and_its_ratio() -> None:
    row = report.suite_json(suite(), ROWS, 1.0)["rows"]["ours, small"]
    assert row["median_s"] == 0.022
    assert (row["p10_s"], row["p90_s"]) == (0.020, 0.024)
    assert row["cpu_median_s"] == 0.002
    assert (row["floor"], row["ratio"]) == ("floor", pytest.approx(2.0))


def test_the_longest_end_of_a_name_decides_its_floor() -> None:
    one = Suite("s", "", lambda _: ROWS, 1, 1.0, {"": "floor", "small": "ours, small"})
    assert one.floor("ours, small", ROWS) == "ours, small"
    assert one.floor("floor", ROWS) == "floor"
    assert one.floor("memory", ROWS) == "", "megabytes are not so many times a second"
    assert Suite("s", "", lambda _: ROWS, 1, 1.0, {"": "nobody"}).floor("floor", ROWS) == ""


def test_the_text_says_which_targets_are_met() -> None:
    phases = {"ours, small": {"imports": 0.010, "opening": 0.0005}}
    outcome = Outcome(ROWS, phases, ("A remark.",))
    found = {"machine": {"cores": "2"}, "suites": {"one": report.suite_json(suite(), outcome, 1.0)}}
    text = report.markdown(found)
    assert "| ours over the floor | ≤ 1.5 × | 2 × | **no** |" in text
    assert "| memory | ≥ 150 MB | 200 MB | yes |" in text
    assert "| what was not measured | ≤ 1 × | not measured | – |" in text
    assert "| ours, small | 22 ms | 20 – 24 | 2 ms | 2.00 |" in text
    assert "| ours, small | 10 | 0.50 |" in text
    assert "A remark." in text


def test_a_difference_of_rows_is_told_in_the_unit_that_was_asked_for() -> None:
    assert difference("ours, small", "floor", 1e3)(ROWS) == pytest.approx(11.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234.6, "1,235"), (12.34, "12.3"), (1.234, "1.23"), (0.0123, "0.0123"), (3.0, "3")],
)
def test_figures_have_about_three_digits(value: float, said: str) -> None:
    assert report.digits(value) == said


def test_a_suite_ends_when_its_time_is_up() -> None:
    now_s = [0.0]
    rounds = []
    for number in Pace(rounds=100, budget_s=10, clock=lambda: now_s[0]):
        rounds.append(number)
        now_s[0] += 1
    assert rounds == list(range(11))


def test_a_suite_has_its_least_rounds_whatever_they_take() -> None:
    hours = count(step=3600)
    assert len(list(Pace(rounds=100, budget_s=10, clock=lambda: next(hours)))) == LEAST


def test_the_line_of_progress_tells_what_is_left() -> None:
    stream, seconds = io.StringIO(), iter([0.0, 20.0, 30.0])
    progress = Progress({"first": 60, "second": 120}, {}, stream, lambda: next(seconds))
    progress.begin("first")
    progress.tell(2, 3)
    assert progress.end() == 30.0
    begun, told, ended = stream.getvalue().splitlines()
    assert begun.startswith("[1/2] first")
    assert begun.endswith("3:00 left")
    assert "2/3" in told
    assert told.endswith("2:10 left")
    assert "done in 30 s" in ended
    assert ended.endswith("2:00 left")


def test_no_suite_is_said_to_take_longer_than_it_may() -> None:
    stream, seconds = io.StringIO(), iter([0.0, 20.0])
    progress = Progress({"first": 60}, {"first": 50}, stream, lambda: next(seconds))
    progress.begin("first")
    progress.tell(1, 100)
    assert stream.getvalue().splitlines()[-1].endswith("0:30 left")


def test_every_variant_is_called_in_every_round() -> None:
    calls: list[str] = []
    variants = {name: (lambda name=name: calls.append(name)) for name in "abc"}
    found = interleave(variants, rounds=3, inner=2)
    assert {name: len(sample.wall_s) for name, sample in found.items()} == dict.fromkeys("abc", 3)
    assert calls == [*"abc", *"aabbcc", *"bbccaa", *"ccaabb"]  # first each once, unmeasured


def test_every_target_of_a_suite_has_a_key_of_its_own() -> None:
    keys = [target.key for one in SUITES.values() for target in one.targets]
    assert len(keys) == len(set(keys))


def test_the_regular_suites_fit_into_their_quarter_of_an_hour() -> None:
    assert sum(one.budget_s for one in SUITES.values() if one.regular) <= 12 * 60
