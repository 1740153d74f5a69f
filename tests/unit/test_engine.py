"""onnxruntime as a service loads it: silent, and with a reason where it would end the process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from samovar.adapters.engine import check_version, hides_cpus
from samovar.errors import SettingsInvalid

WATCHED = "from samovar.adapters.engine import ort; import os; print({})"


def run(code: str, home: Path, **variables: str) -> str:
    """What a fresh process printed; CI variables, which onnxruntime heeds too, are not there."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_onnxruntime_reports_nothing_to_its_maker_and_keeps_nothing_at_home(tmp_path):
    code = WATCHED.format("len(os.listdir('/proc/self/task'))")
    assert run(code, tmp_path, OPENBLAS_NUM_THREADS="1") == "1\n"  # there is no uploader
    assert list(tmp_path.rglob("*")) == []


def test_who_wants_onnxruntime_to_report_says_so(tmp_path):
    code = WATCHED.format("os.environ['ORT_DISABLE_TELEMETRY']")
    assert run(code, tmp_path, ORT_DISABLE_TELEMETRY="0") == "0\n"


@pytest.mark.parametrize(
    ("machine", "listed", "hidden"),
    [("aarch64", False, True), ("aarch64", True, False), ("x86_64", False, False)],
)
def test_a_machine_hides_its_cpus_when_it_is_arm64_and_lists_none(
    tmp_path, machine, listed, hidden
):
    lists = [str(tmp_path / "possible"), str(tmp_path / "present")]
    if listed:
        Path(lists[1]).write_text("0-1\n")
    assert hides_cpus(machine, lists) == hidden


@pytest.mark.parametrize("version", ["1.23.2", "1.25.1", "0.9"])
def test_an_onnxruntime_that_would_end_the_process_is_named_before_it_does(version):
    with pytest.raises(SettingsInvalid, match=rf"onnxruntime {version} .*install onnxruntime 1.26"):
        check_version(version)


@pytest.mark.parametrize("version", ["1.26.0", "1.32.0", "2.0"])
def test_an_onnxruntime_that_bears_hidden_cpus_is_let_in(version):
    check_version(version)
