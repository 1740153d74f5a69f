"""`samovar plan`: models under a load, the choice, the bill, and what is written down."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from samovar_cli.planning.applying import parameters
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Candidate

from tests.cli.conftest import Run

QUIET = ("plan", "--run-ms", 40, "--rate", 2, "--slo", "300ms")
CONFIG = """\
version = 0.1

[default.global.parameters]
stack_name = "mine" # a name
# Parameters belong to both.
parameter_overrides = [
  "AuthMode=jwt", # not for everyone
  "InferMemory=3008",
]

[default.deploy.parameters]
confirm_changeset = true
"""
PROFILE = "\n[profile]\nrequest_ms = 30.0\nshared_ms = 10.0\ninit_ms = 400.0\nmemory_mb = 200.0\n"


@pytest.fixture
def measured(shelf: Path, tmp_path: Path) -> Path:
    """A folder of two models that have a profile."""
    for name in ("mood", "price"):
        shutil.copytree(shelf / name, tmp_path / name)
        manifest = tmp_path / name / "model.toml"
        manifest.write_text("# mine\n" + manifest.read_text() + PROFILE)
    return tmp_path


def test_a_plan_says_what_to_deploy_how_it_would_do_and_every_part_of_the_bill(
    samovar: Run,
) -> None:
    done = samovar(*QUIET, "--explain")
    assert done.exit_code == 0, done.stderr
    for said in (
        "a function of", "99 % within 300 ms", "as simulated", "SageMaker Serverless", "p95",
        "CPU, always on", "API Gateway", "Lambda, running", "arm64", "GPU", "a month",
    ):  # fmt: skip
        assert said in done.stdout, said


def test_the_document_has_the_same_for_programs(samovar: Run) -> None:
    done = samovar(*QUIET, "--gpu-speed", 20, "--json")
    (plan,) = json.loads(done.stdout)["plans"]
    assert plan["keeps_slo"]
    assert plan["p50_s"] < plan["p95_s"] < plan["p99_s"] < 0.3
    assert sum(plan["bill"].values()) == pytest.approx(plan["month"])
    assert plan["per_million"] == pytest.approx(plan["month"] / (2 * 730 * 3600) * 1e6)
    assert plan["played"]["how"] == "simulated"
    assert plan["played"]["month"] == pytest.approx(plan["month"], rel=0.02)
    assert plan["played"]["p95_s"] == pytest.approx(plan["p95_s"], rel=0.05)
    lanes = {other["candidate"]["lane"] for other in plan["alternatives"]}
    assert lanes == {"function", "queue", "endpoint", "instance", "serverless"}


def test_an_impossible_slo_is_answered_with_the_best_that_is_possible(samovar: Run) -> None:
    done = samovar("plan", "--run-ms", 200, "--rate", 1, "--slo", "20ms")
    assert done.exit_code == 0
    assert "nothing keeps that" in done.stdout
    assert "possible within" in done.stdout


def test_a_load_that_is_too_large_for_any_function_is_told_so(samovar: Run) -> None:
    done = samovar("plan", "--run-ms", 4000, "--rate", 2000, "--slo", "10s", "--json")
    (plan,) = json.loads(done.stdout)["plans"]
    assert not plan["keeps_slo"]
    assert plan["over_slo"] > 0.8


def test_models_are_planned_by_their_profiles_each_under_its_own_load(
    samovar: Run, measured: Path
) -> None:
    done = samovar(
        "plan", "mood", "price", "--models", measured, "--rate", "mood=1", "--rate", "price=20",
        "--slo", "500ms", "--slo", "price=2s", "--json",
    )  # fmt: skip
    found = {plan["model"]: plan for plan in json.loads(done.stdout)["plans"]}
    assert (found["mood"]["rate"], found["mood"]["slo_s"]) == (1.0, 0.5)
    assert (found["price"]["rate"], found["price"]["slo_s"]) == (20.0, 2.0)
    assert all(plan["keeps_slo"] for plan in found.values())


def test_a_trace_is_planned_too_and_a_wrong_one_is_refused(samovar: Run, tmp_path: Path) -> None:
    trace = tmp_path / "arrivals.csv"
    trace.write_text("at\n" + "".join(f"{second / 7:.3f}\n" for second in range(3000)))
    done = samovar("plan", "--run-ms", 40, "--trace", trace, "--slo", "1s", "--json")
    assert json.loads(done.stdout)["plans"][0]["rate"] == pytest.approx(7, rel=0.01)
    tight = samovar("plan", "--run-ms", 40, "--trace", trace, "--slo", "300ms", "--json")
    assert tight.exit_code == 0, (
        "jobs that gather for longer than the SLO are compared all the same"
    )
    trace.write_text("at\n3\n1\n")
    trace.write_text("at\n1\n2\n")
    few = samovar("plan", "--run-ms", 40, "--trace", trace, "--slo", "1s")
    assert "has 2 arrivals: a plan needs 100" in " ".join(few.stderr.split())
    trace.write_text("at\n3\n1\n")
    wrong = samovar("plan", "--run-ms", 40, "--trace", trace, "--slo", "1s")
    assert wrong.exit_code == 1
    assert "line 3: it is before the line above" in wrong.stderr


def test_apply_writes_samconfig_and_keeps_what_else_it_says(
    samovar: Run, measured: Path, tmp_path: Path
) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(CONFIG)
    manifest = measured / "mood" / "model.toml"
    manifest.write_text(manifest.read_text().replace("# mine\n", '# mine\nlane = "heavy" # once\n'))
    command = (
        "plan", "mood", "--models", measured, "--rate", 1, "--slo", "300ms", "--apply",
        "--config", config,
    )  # fmt: skip
    done = samovar(*command)
    assert done.exit_code == 0, done.stderr
    said = tomllib.loads(config.read_text())["default"]
    overrides = said["global"]["parameters"]["parameter_overrides"]
    assert "AuthMode=jwt" in overrides
    assert any(word.startswith("InferMemory=") for word in overrides)
    assert "InferMemory=3008" not in overrides
    assert said["deploy"]["parameters"]["confirm_changeset"] is True
    assert "# Parameters belong to both." in config.read_text()
    assert manifest.read_text().startswith('# mine\nlane = "light"')
    written = config.read_text()
    assert "says it already" in samovar(*command).stderr
    assert config.read_text() == written


def test_what_keeps_no_slo_is_not_applied(samovar: Run, measured: Path, tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(CONFIG)
    done = samovar(
        "plan", "mood", "--models", measured, "--rate", 1, "--slo", "1ms", "--apply",
        "--config", config,
    )  # fmt: skip
    assert done.exit_code == 1
    assert "nothing is written" in done.stderr
    assert config.read_text() == CONFIG


def test_a_file_without_parameters_gets_a_table_for_them(
    samovar: Run, measured: Path, tmp_path: Path
) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text("version = 0.1\n")
    samovar(
        "plan", "mood", "--models", measured, "--rate", 1, "--slo", "1s", "--apply",
        "--config", config,
    )  # fmt: skip
    overrides = tomllib.loads(config.read_text())["default"]["global"]["parameters"]
    assert "Architecture=x86_64" in overrides["parameter_overrides"]


def test_models_of_one_deployment_share_its_functions() -> None:
    said = parameters([
        Candidate(FUNCTION, 512, provisioned=2),
        Candidate(QUEUE, 1024, batch=16, window_s=5, most=20),
        Candidate(QUEUE, 768, batch=8, window_s=2, most=40),
        Candidate(ENDPOINT, batch=8, instances=2),
    ])  # fmt: skip
    assert said["InferMemory"] == "1024"
    assert (said["JobBatch"], said["JobWindow"], said["JobConcurrency"]) == ("16", "2", "60")
    assert (said["InferReady"], said["Gpu"], said["GpuMaxInstances"]) == ("2", "on", "2")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("plan", "--rate", 1, "--slo", "1s"), "name a MODEL"),
        (("plan", "--run-ms", 5, "--rate", 1), "say --slo"),
        (("plan", "--run-ms", 5, "--rate", 1, "--slo", "200"), "written as 200ms"),
        (("plan", "--run-ms", 5, "--rate", 1, "--slo", "0s"), "written as 200ms"),
        (("plan", "--run-ms", 5, "--slo", "1s"), "--rate or --trace"),
        (("plan", "--run-ms", 5, "--rate", "-3", "--slo", "1s"), "requests a second"),
        (("plan", "--run-ms", 5, "--rate", "nan", "--slo", "1s"), "requests a second"),
        (("plan", "--run-ms", 5, "--rate", 1, "--rate", 2, "--slo", "1s"), "said 2 times"),
        (("plan", "mood", "--rate", 1, "--slo", "1s"), "models profile mood --write"),
        (("plan", "mood", "--rate", "other=1", "--slo", "1s"), "not among the models"),
        (("plan", "nothing", "--rate", 1, "--slo", "1s"), "there is no model"),
        ((*QUIET, "--shared-ms", 50), "part of --run-ms"),
        (("plan", "--run-ms", 5, "--rate", "1e6", "--slo", "1s"), "to 10,000"),
        ((*QUIET, "--apply"), "name a MODEL"),
        ((*QUIET, "--plot", "plan.pdf"), ".svg or a .png"),
    ],
)
def test_a_wrong_command_is_refused_with_what_to_do(
    samovar: Run, command: tuple[object, ...], why: str
) -> None:
    done = samovar(*command)
    assert done.exit_code != 0
    assert why in " ".join(done.stderr.split())


@pytest.mark.slow
def test_a_plot_shows_every_way_that_was_compared(samovar: Run, tmp_path: Path) -> None:
    path = tmp_path / "plan.svg"
    done = samovar(*QUIET, "--gpu-speed", 20, "--plot", path)
    assert done.exit_code == 0, done.stderr
    assert path.read_text().startswith("<?xml")
    assert path.stat().st_size > 20_000
