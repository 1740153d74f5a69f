"""Each suite runs, in few rounds, and reports what it is to report. No second is looked at."""

from typing import Any

import pytest

from benchmarks.__main__ import run
from benchmarks.peers.table import PEERS
from benchmarks.report import markdown
from benchmarks.suites import SUITES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("benchmarks"), pytest.mark.timeout(600)]
REGULAR = [name for name, suite in SUITES.items() if suite.regular]


@pytest.fixture(scope="module")
def reports() -> dict[str, Any]:
    """Suite → its report; each is run when it is first asked for."""
    return {}


def report_of(name: str, reports: dict[str, Any]) -> Any:
    suite = SUITES[name]
    if reason := suite.missing():
        pytest.skip(reason)
    if name not in reports:
        reports |= run([suite], quick=True)
    assert name in reports, "the suite failed: its error is above"
    return reports[name]


def against_absent_peers() -> set[str]:
    """Targets against peers whose environments are not set up here: `make bench` has them all."""
    absent = {peer.environment for peer in PEERS if not peer.binaries.is_dir()}
    names = {environment.removeprefix("peer-") for environment in absent}
    keys = {target.key for target in SUITES["http"].targets}
    return {key for key in keys if key.split("_")[1] in names}


@pytest.mark.parametrize("name", REGULAR)
def test_a_suite_measures_every_row_and_every_target(name: str, reports: dict[str, Any]) -> None:
    found = report_of(name, reports)
    assert found["rows"]
    assert all(row["rounds"] >= 1 for row in found["rows"].values())
    unmeasured = {target["key"] for target in found["targets"] if target["value"] is None}
    assert unmeasured <= against_absent_peers()
    assert name in markdown({"machine": {}, "suites": {name: found}})


@pytest.mark.parametrize("name", REGULAR)
def test_every_floor_is_a_row(name: str, reports: dict[str, Any]) -> None:
    rows = report_of(name, reports)["rows"]
    assert {row["floor"] for row in rows.values() if row["floor"]} <= set(rows)


def test_no_web_framework_is_loaded_by_the_hot_door(reports: dict[str, Any]) -> None:
    targets = {one["key"]: one for one in report_of("imports", reports)["targets"]}
    assert targets["imports_unwanted"]["value"] == 0


def test_the_phases_of_a_cold_start_make_its_whole(reports: dict[str, Any]) -> None:
    found = report_of("cold", reports)
    assert set(found["phases"]) == set(found["rows"])
    for phases in found["phases"].values():
        assert len(phases) >= 4
        assert all(seconds > 0 for seconds in phases.values())
