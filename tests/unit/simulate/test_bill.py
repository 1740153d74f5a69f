"""Bills against what the code calls, and against sums done by hand."""

from dataclasses import dataclass, replace
from math import exp

import pytest
from samovar.adapters.job_items import item_of
from samovar.jobs import Job, Source
from samovar_cli.simulate.bill import (
    MONTH_S,
    endpoint_bill,
    function_bill,
    instance_bill,
    queue_bill,
    serverless_bill,
    serverless_mb,
    total,
)
from samovar_cli.simulate.charges import Load, gateway, invoked, kept, worked
from samovar_cli.simulate.prices import Prices, read_prices

from tests.faults.faulty import Faults, Tracer
from tests.faults.world import World
from tests.unit.heavy_world import ANSWER, HeavyWorld

PRICES = read_prices()


@dataclass(frozen=True)
class Used:
    """A million requests of 20 ms in a month."""

    requests: float = 1e6
    seconds: float = MONTH_S
    batches: float = 1e6
    run_s: float = 20_000.0
    init_s: float = 0.0
    ready_run_s: float = 0.0
    ready_s: float = 0.0
    receives: float = 0.0
    instance_s: float = 0.0
    busy_s: float = 0.0


def only(**each: float) -> Prices:
    """A price list in which everything is free but what is named."""
    known = {name.replace(".", "__"): name for name in PRICES.each}
    return replace(
        PRICES,
        each=dict.fromkeys(PRICES.each, 0.0)
        | {"api_gateway.unit_bytes": 524_288.0}
        | {known[name]: price for name, price in each.items()},
    )


def traced(text: bytes) -> list[str]:
    """The calls of one light job to its ports, from submission to result."""
    world, tracer = World(1, Faults()), Tracer()
    world.submit(text, "", tracer=tracer)
    world.work(10, tracer=tracer)
    world.check()
    return [name.removeprefix("table.") for name in tracer.names]


@pytest.mark.parametrize(("text", "objects"), [(b"tea", 1), (b"tea" * 100, 2)])
def test_a_light_job_writes_and_stores_as_often_as_the_bill_says(text: bytes, objects: int) -> None:
    calls = traced(text)  # this world's items hold 64 bytes, and AWS's 8 KB
    load = Load(request_bytes=1000 if objects == 1 else 10_000)
    one = Used(requests=1.0)
    units = 3 * (2 + (2 if objects == 1 else 1))  # each moves keys of two indexes, and an item
    assert calls.count("create") + calls.count("replace") == 3
    assert total(kept(load, one, only(dynamodb__write=1.0))) == units
    assert calls.count("blobs.put") == objects
    assert total(kept(load, one, only(s3__put=1.0))) == objects
    assert calls.count("queue.send") == 1


def test_a_heavy_job_writes_as_often_and_has_its_input_and_its_answer_as_objects() -> None:
    world = HeavyWorld()
    job = world.submit()  # a write of its own: `create`
    world.work()
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    ended = world.job()
    one = Used(requests=1.0)
    assert world.table.writes == 2, "claimed and ended"
    assert not job.source.uri
    assert {ended.source.uri, ended.result_uri}.isdisjoint({""}), "two objects"
    assert total(kept(Load(), one, only(s3__put=1.0), as_objects=True)) == 2
    assert total(kept(Load(), one, only(dynamodb__write=1.0), as_objects=True)) == 2 * 2 + 1 + 3 * 2


def test_an_item_is_about_as_large_as_the_bill_takes_it_to_be() -> None:
    job = Job(
        "01jd2x9n8c4v7qk3m5t6w8y0za",
        "minilm-small",
        "1",
        Source("application/json", b"x" * 200),
        1_795_424_292_654,
        request_hash="0" * 64,
        expires_s=1_795_424_292,
        result_uri="s3://samovar-data-123456789012-us-east-1/results/01jd2x9n8c4v7qk3m5t6w8y0za/1",
        result_type="application/json",
        changed_ms=1_795_424_292_654,
        finished_ms=1_795_424_292_654,
        started_ms=1_795_424_292_654,
    )
    size = sum(len(name) + _bytes(value) for name, value in item_of(job).items()) - 200
    assert 400 <= size <= 700


def _bytes(value: dict) -> int:
    ((_, said),) = value.items()
    return len(said) if isinstance(said, str | bytes) else 0


def test_a_month_of_the_synchronous_door_is_what_the_price_pages_make_of_it() -> None:
    bill = function_bill(Load(1024, "x86_64", 1000, 500), Used(), PRICES)
    assert bill["Lambda, running"] == pytest.approx(20_000 * 1.66667e-5)
    assert bill["Lambda, requests"] == pytest.approx(0.20)
    assert bill["API Gateway"] == pytest.approx(1.00)
    assert bill["egress"] == pytest.approx(500e6 / 1e9 * 0.09)
    rate = 1e6 / MONTH_S
    first = (1 - exp(-rate)) * MONTH_S
    assert bill["traces"] == pytest.approx((first + 0.05 * (1e6 - first)) * 5e-6)
    assert bill["metrics"] == pytest.approx(6 * 0.30)
    assert "DynamoDB" not in bill


def test_each_part_of_the_bill_is_in_some_lane() -> None:
    used = Used(init_s=10, ready_s=1e5, ready_run_s=100, receives=1e6, instance_s=1e5, busy_s=1e4)
    bills = (function_bill, queue_bill, endpoint_bill, serverless_bill, instance_bill)
    parts = {part for bill in bills for part in bill(Load(), used, PRICES)}
    assert parts >= {
        "API Gateway", "DynamoDB", "Lambda, INIT", "Lambda, provisioned", "Lambda, requests",
        "Lambda, running", "S3", "SNS notices", "SQS", "SageMaker, data", "Serverless, running",
        "alarms", "egress", "instances, idle", "instances, running", "logs", "metrics", "storage",
        "traces",
    }  # fmt: skip


def test_every_price_of_the_list_is_asked_for() -> None:
    used = Used(init_s=10, ready_s=1e5, ready_run_s=100, receives=1e6, instance_s=1e5, busy_s=1e4)
    bills = (function_bill, queue_bill, endpoint_bill, serverless_bill, instance_bill)
    instances = [name[10:] for name in PRICES.each if name.startswith("instances.")]
    # A message is a job's id, and a deployment's secrets are there whether anybody calls or not.
    for name in PRICES.each.keys() - {"sqs.unit_bytes", "secrets.month"}:
        dearer = replace(PRICES, each=PRICES.each | {name: PRICES.each[name] * 2})
        loads = [
            Load(architecture=architecture, instance=instance, answer_bytes=1_000_000)
            for architecture in ("x86_64", "arm64")
            for instance in instances
        ]
        assert any(
            total(bill(load, used, dearer)) != total(bill(load, used, PRICES))
            for bill in bills
            for load in loads
        ), name


def test_a_provisioned_environment_costs_what_aws_says_a_month() -> None:
    held = worked(Load(1024), Used(run_s=0.0, ready_s=MONTH_S), PRICES)
    assert total(held) == pytest.approx(10.95, abs=0.01)
    busy = worked(Load(1024), Used(run_s=0.0, ready_s=MONTH_S, ready_run_s=MONTH_S), PRICES)
    on_demand = worked(Load(1024), Used(run_s=MONTH_S), PRICES)
    assert total(busy) < total(on_demand), "cheaper where it is always at work"


def test_bodies_are_billed_each_by_its_own_size() -> None:
    half = Load(request_bytes=1_000_000, sizes=((1000, 0.5), (2_000_000, 0.5)))
    units = total(gateway(half, Used(requests=1.0), only(api_gateway__request=1.0)))
    assert units == pytest.approx((1 + 4) / 2)
    puts = total(kept(half, Used(requests=1.0), only(s3__put=1.0)))
    assert puts == pytest.approx(1.5), "only the large ones are objects"


@pytest.mark.parametrize(
    ("memory", "there"), [(128, 1024), (1024, 1024), (1769, 2048), (10_240, 6144)]
)
def test_a_serverless_endpoint_has_whole_gigabytes_up_to_six(memory: int, there: int) -> None:
    assert serverless_mb(Load(memory)) == there


def test_metrics_are_paid_for_the_hours_in_which_they_count() -> None:
    seldom = invoked(10.0, Used(requests=10.0), PRICES)["metrics"]
    assert seldom == pytest.approx(6 * 0.30 * (1 - exp(-10 / 730)))
