"""`samovar simulate`: loads and traces in, latencies and bills out, and wrong ones refused."""

import json
from pathlib import Path

import pytest
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import SHIPPED, read_prices
from samovar_cli.simulate.report import dollars, duration

from tests.cli.conftest import Run

QUIET = ("simulate", "--run-ms", 20, "--rate", 2, "--hours", 0.2)


def test_every_lane_has_its_latencies_and_its_bill(samovar: Run) -> None:
    done = samovar(*QUIET)
    assert done.exit_code == 0, done.stderr
    for said in ("function", "queue", "endpoint", "p95", "a month", "instances, idle", "DynamoDB"):
        assert said in done.stdout


def test_the_same_seed_gives_the_same_document_and_another_one_another(samovar: Run) -> None:
    first, again, other = (samovar(*QUIET, "--json", "--seed", seed).stdout for seed in (1, 1, 2))
    assert first == again != other
    found = json.loads(first)
    assert set(found) >= {"function", "queue", "endpoint", "serverless", "instance"}
    assert found["function"]["answered"] == found["function"]["requests"]
    assert found["function"]["p50_s"] == pytest.approx(0.03, rel=0.1)


def test_the_bill_of_a_month_is_the_cost_of_a_million_at_this_rate(samovar: Run) -> None:
    found = json.loads(samovar(*QUIET, "--json", "--lane", "function").stdout)["function"]
    a_month = found["requests"] / 720 * 730 * 3600
    assert sum(found["month"].values()) == pytest.approx(found["per_million"] * a_month / 1e6)


def test_a_sweep_names_the_cheapest_lane_that_is_in_time_at_each_rate(
    samovar: Run, tmp_path: Path
) -> None:
    command = ("simulate", "--sweep", "--run-ms", 40, "--lane", "function", "--lane", "queue")
    found = json.loads(samovar(*command, "--json").stdout)
    assert [step["rate"] for step in found] == sorted(step["rate"] for step in found)
    assert {step["best"] for step in found} == {"function"}, "a job costs more than a call"
    for step in found:
        assert step["month"]["function"] < step["month"]["queue"]
    impossible = json.loads(samovar(*command, "--slo-ms", 1, "--json").stdout)
    assert {step["best"] for step in impossible} == {None}
    assert impossible[0]["p95_s"]["function"] == pytest.approx(0.05, rel=0.5)
    shown = samovar(*command, "--plot", tmp_path / "costs.png").stdout
    assert "1000" in shown
    assert (tmp_path / "costs.png").read_bytes().startswith(b"\x89PNG")


def test_a_trace_is_played_from_its_first_arrival(samovar: Run, tmp_path: Path) -> None:
    trace = tmp_path / "arrivals.csv"
    trace.write_text("n,time\n1,2026-11-23 10:15:46.6805900\n2,2026-11-23 10:15:48\n")
    done = samovar("simulate", "--trace", trace, "--column", "time", "--run-ms", 10, "--json")
    assert json.loads(done.stdout)["function"]["requests"] == 2
    trace.write_text("100.5\n101\n\n101\n")
    done = samovar("simulate", "--trace", trace, "--run-ms", 10, "--json")
    assert json.loads(done.stdout)["queue"]["requests"] == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time\n1\n3\n2\n", "line 4: it is before the line above"),
        ("1\n-2\n", "line 2: -2 is negative"),
        ("1\nnan\n", "line 2: 'nan' is neither seconds nor a time"),
        ("1\nsoon\n", "line 2: 'soon'"),
        ("time\n", "no arrivals"),
        ("", "no arrivals"),
    ],
)
def test_a_trace_that_is_none_is_refused_with_its_line(
    samovar: Run, tmp_path: Path, text: str, said: str
) -> None:
    trace = tmp_path / "arrivals.csv"
    trace.write_text(text)
    done = samovar("simulate", "--trace", trace, "--run-ms", 10)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rate", 1), "name a MODEL"),
        (("shade",), "has no [profile]"),
        (("--run-ms", 1, "--shape", "round"), "--shape round: it is one of poisson"),
        (("--run-ms", 1, "--lane", "fast"), "--lane fast: it is one of function"),
        (("--run-ms", 1, "--shared-ms", 2), "it cannot be more"),
        (("--run-ms", 1, "--kb-ms", 2), "is a part of --run-ms"),
        (("--run-ms", 1, "--low", 2, "--high", 3), "rates of --shape mmpp"),
        (("--run-ms", 1, "--shape", "mmpp", "--low", 2), "both --low and --high"),
        (("--run-ms", 1, "--shape", "mmpp", "--low", 2, "--high", 1), "lies below --high"),
        (("--run-ms", 1, "--size-column", "x"), "a column of a --trace"),
        (("--run-ms", 1, "--sweep", "--size-cv", 1), "bodies of one size"),
        (("--run-ms", 1, "--window-ms", 500), "whole seconds"),
        (("--run-ms", 1, "--window-ms", 301_000), "whole seconds"),
        (("--run-ms", 1, "--window-ms", 0), "so SQS says"),
        (("--run-ms", 1, "--provisioned", 3, "--most", 2), "cannot be more"),
        (("--run-ms", 1, "--speedup", "2"), "vCPUs:times faster"),
        (("--run-ms", 1, "--speedup", "2:fast"), "vCPUs:times faster"),
        (("--run-ms", 1, "--rate", 1e6, "--hours", 10), "ask for fewer hours"),
        (("--run-ms", 1, "--rate", 1e-6, "--hours", 0.001), "no request comes"),
        (("--run-ms", 1, "--instance", "ml.none"), "the price list has no instances.ml.none"),
        (("--run-ms", 1, "--trace", "nowhere.csv"), "cannot be read"),
        (("--run-ms", 1, "--trace", "nowhere.csv", "--sweep"), "--sweep goes through rates"),
    ],
)
def test_what_cannot_be_simulated_is_said(samovar: Run, options: tuple, said: str) -> None:
    done = samovar("simulate", *options)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


def test_a_price_list_of_ones_own_takes_the_place_of_ours(samovar: Run, tmp_path: Path) -> None:
    dear = tmp_path / "prices.toml"
    text = SHIPPED.read_text("utf-8").replace("request = 1.00e-6", "request = 1.00")
    dear.write_text(text)
    command = (*QUIET, "--json", "--lane", "function")
    cheap, costly = (
        json.loads(samovar(*command, *more).stdout)["function"] for more in ((), ("--prices", dear))
    )
    assert costly["month"]["API Gateway"] == pytest.approx(cheap["month"]["API Gateway"] * 1e6)
    assert costly["month"]["Lambda, running"] == cheap["month"]["Lambda, running"]


def test_every_fault_of_a_price_list_is_told_at_once(samovar: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "prices.toml"
    wrong.write_text("region = 1\nsqs = 3\n[lambda]\nrequest = -1\n")
    done = samovar(*QUIET, "--prices", wrong)
    assert "sqs, lambda.request, region (a text), date (a day" in done.stderr


def test_the_shipped_prices_say_where_and_when() -> None:
    prices = read_prices()
    assert prices.region == "us-east-1"
    assert prices.looked_up.year >= 2026
    assert total({"a": 1.0, "b": 2.0}) == 3.0


def test_times_and_amounts_are_written_for_people() -> None:
    assert [duration(s) for s in (0.0123, 1.5, 300, 86400)] == ["12.3 ms", "1.5 s", "5 min", "24 h"]
    assert duration(float("nan")) == "none"
    assert [dollars(a) for a in (0.0123, 12.3, 1234.5)] == ["$0.0123", "$12.3", "$1,234"]
