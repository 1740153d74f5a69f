"""What an asynchronous endpoint decides, with the time in a test's hands."""

from dataclasses import replace

from samovar_cli.twin.sagemaker.config import Scaling
from samovar_cli.twin.sagemaker.core import Endpoint
from samovar_cli.twin.sagemaker.orders import Give, Launch, Order, Retire, Run
from samovar_cli.twin.sagemaker.request import AsyncCall

SCALING = Scaling(most=3, wake_s=120, idle_s=600, backlog_per_instance=4)
CALL = AsyncCall("a.1", "s3://b/out", "s3://b/error", "s3://b/in", ttl_s=3600, timeout_s=600)


def endpoint(calls: int = 0, concurrent: int = 2, scaling: Scaling = SCALING) -> Endpoint:
    made = Endpoint(concurrent, scaling)
    for number in range(calls):
        made.accept(replace(CALL, id=f"a.{number}"))
    return made


def awake(calls: int, **more: int) -> tuple[Endpoint, int]:
    """One with a backlog and an instance that is ready, at second 120."""
    made = endpoint(1, **more)
    made.tick(0)
    launched = made.tick(120)
    assert isinstance(launched[0], Launch)
    made.became_ready(launched[0].instance)
    for number in range(1, calls):
        made.accept(replace(CALL, id=f"a.{number}"))
    return made, launched[0].instance


def of(kind: type[Order], orders: list[Order]) -> list[Order]:
    return [order for order in orders if isinstance(order, kind)]


def test_nothing_is_started_while_nobody_calls() -> None:
    asleep = endpoint()
    assert [order for second in range(0, 10_000, 60) for order in asleep.tick(second)] == []


def test_a_backlog_without_an_instance_wakes_one_when_it_has_lasted() -> None:
    waiting = endpoint(1)
    assert waiting.tick(0) == []
    assert waiting.tick(119) == []
    assert len(waiting.tick(120)) == 1
    assert waiting.tick(121) == []  # one is on its way
    assert (waiting.instances, waiting.ready, waiting.backlog) == (1, 0, 1)


def test_calls_go_to_an_instance_that_is_ready_in_their_order_up_to_its_limit() -> None:
    busy, instance = awake(5)
    runs = of(Run, busy.tick(121))
    assert [run.call.id for run in runs if isinstance(run, Run)] == ["a.0", "a.1"]
    assert of(Run, busy.tick(122)) == []
    assert isinstance(runs[0], Run)
    assert busy.ended(instance, runs[0].ticket)
    assert [run.call.id for run in busy.tick(123) if isinstance(run, Run)] == ["a.2"]


def test_a_backlog_over_the_target_brings_more_instances_up_to_the_most() -> None:
    busy, _ = awake(9)
    assert len(of(Launch, busy.tick(121))) == 2
    busy, _ = awake(100)
    assert len(of(Launch, busy.tick(121))) == 2  # three in all
    assert of(Launch, busy.tick(122)) == []


def test_calls_are_spread_over_the_instances() -> None:
    busy, _ = awake(9)
    second = next(order for order in busy.tick(121) if isinstance(order, Launch)).instance
    busy.became_ready(second)
    runs = [run.instance for run in busy.tick(122) if isinstance(run, Run)]
    assert runs == [second, second]  # the first one is full


def test_instances_that_are_not_needed_are_taken_away_down_to_none() -> None:
    busy, instance = awake(1)
    (run,) = busy.tick(121)
    assert isinstance(run, Run)
    busy.ended(instance, run.ticket)
    assert busy.tick(122) == []
    assert busy.tick(720) == []
    assert busy.tick(721) == [Retire(instance)]
    assert busy.instances == 0
    busy.accept(CALL)
    busy.tick(800)
    assert len(of(Launch, busy.tick(920))) == 1  # it wakes again


def test_a_call_that_has_waited_longer_than_its_ttl_is_given_up_and_not_run() -> None:
    waiting = endpoint(2)
    assert of(Give, waiting.tick(3599)) == []
    given = of(Give, waiting.tick(3600))
    assert [order.call.id for order in given if isinstance(order, Give)] == ["a.0", "a.1"]
    assert waiting.backlog == 0


def test_a_call_that_runs_longer_than_its_time_is_given_up_and_its_place_is_free() -> None:
    busy, instance = awake(2, concurrent=1)
    (run,) = of(Run, busy.tick(121))
    orders = busy.tick(721)
    assert isinstance(run, Run)
    assert [order.ticket for order in orders if isinstance(order, Give)] == [run.ticket]
    assert [order.call.id for order in orders if isinstance(order, Run)] == ["a.1"]
    assert not busy.ended(instance, run.ticket)  # a late answer is nobody's


def test_the_calls_of_an_instance_that_dies_are_tried_again_before_all_others() -> None:
    busy, instance = awake(3)
    assert len(of(Run, busy.tick(121))) == 2
    assert busy.died(instance) == []
    busy.tick(122)
    (launch,) = busy.tick(242)
    assert isinstance(launch, Launch)
    busy.became_ready(launch.instance)
    again = [order.call.id for order in busy.tick(243) if isinstance(order, Run)]
    assert again == ["a.0", "a.1"]


def test_a_call_whose_instances_die_over_it_three_times_fails() -> None:
    busy, instance = awake(1)
    now = 121.0
    for _ in range(2):
        assert len(of(Run, busy.tick(now))) == 1
        assert busy.died(instance) == []
        busy.tick(now)
        now += 120
        (launch,) = busy.tick(now)
        assert isinstance(launch, Launch)
        instance = launch.instance
        busy.became_ready(instance)
    assert len(of(Run, busy.tick(now))) == 1
    (given,) = busy.died(instance)
    assert isinstance(given, Give)
    assert "instance ended" in given.reason
    assert busy.backlog == 0


def test_an_instance_that_never_becomes_ready_is_followed_by_another() -> None:
    waiting = endpoint(1)
    waiting.tick(0)
    (launch,) = waiting.tick(120)
    assert isinstance(launch, Launch)
    waiting.died(launch.instance)
    assert waiting.tick(121) == []
    assert len(waiting.tick(241)) == 1


def test_news_of_an_instance_that_is_not_there_any_more_changes_nothing() -> None:
    asleep = endpoint()
    asleep.became_ready(7)
    assert asleep.died(7) == []
    assert not asleep.ended(7, 1)
    assert asleep.instances == 0


def test_after_a_change_what_runs_is_finished_and_calls_go_to_new_instances() -> None:
    busy, instance = awake(1)
    (run,) = busy.tick(121)
    assert isinstance(run, Run)
    busy.outdate()
    busy.accept(CALL)
    assert busy.tick(122) == []  # it has a place left, and gets no call any more
    (launch,) = busy.tick(242)
    assert isinstance(launch, Launch)
    assert busy.ended(instance, run.ticket)
    assert busy.tick(243) == [Retire(instance)]
    busy.became_ready(launch.instance)
    assert [order.instance for order in busy.tick(244) if isinstance(order, Run)] == [
        launch.instance
    ]


def test_the_calls_that_are_left_are_those_that_run_and_those_that_wait_in_order() -> None:
    busy, instance = awake(4)
    busy.tick(121)
    assert [call.id for call in busy.calls] == ["a.0", "a.1", "a.2", "a.3"]
    busy.died(instance)
    assert [call.id for call in busy.calls] == ["a.0", "a.1", "a.2", "a.3"]
