"""Jobs' ends are told at least once, with one id, until it is of no use any more."""

import json
from itertools import pairwise

import pytest
from samovar import jobs
from samovar.errors import DeliveryFailed, WebhookRefused
from samovar.job_events import WAITS_S, Answer, event_of
from samovar.jobs import State

from tests.unit.told_house import HOOK, Ear, ToldHouse

AWAY = DeliveryFailed("nobody is there")


def test_an_event_says_what_became_of_the_job() -> None:
    house = ToldHouse()
    house.fail(house.submit(tags={"team": "red"}).id)
    event = event_of(house.job("j1"))
    assert (event.id, event.type, event.webhook) == ("j1-failed-1", "job.failed", HOOK)
    said = json.loads(event.body)
    assert (said["type"], said["id"]) == ("job.failed", "j1-failed-1")
    assert said["timestamp"] == said["data"]["finished"]
    data = said["data"]
    assert (data["id"], data["state"], data["model"]) == ("j1", "failed", "mood")
    assert data["error"] == {"code": "model_fault", "message": "broken"}
    assert data["tags"] == {"team": "red"}
    assert data["links"]["result"] == "/v1/jobs/j1/result"
    assert "hooks.example.com" not in event.body.decode()
    assert "." not in event.id


def test_a_cancelled_job_is_told_at_once_and_once() -> None:
    house = ToldHouse()
    house.jobs.cancel(house.submit().id)
    assert house.deliver() == 1
    assert house.ears["webhook"].ids == ["j1-cancelled-0"]
    job = house.job("j1")
    assert job.owed == ()
    (told,) = job.deliveries
    assert (told.sink, told.number, told.status, told.error) == ("webhook", 1, 200, "")
    house.pass_time(100_000)
    assert len(house.ears["webhook"].heard) == 1


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED])
def test_every_end_is_told_though_nobody_asked_for_it(state: State) -> None:
    house = ToldHouse()
    job_id = house.submit(ttl_s=5).id
    claimed = jobs.claim(house.job(job_id), house.now_ms, 60_000)
    assert house.table.replace(claimed)
    if state is State.EXPIRED:
        house.clock.move(6 * 10**9)
        ended = jobs.expire(claimed, house.now_ms)
    elif state is State.CANCELLED:
        ended = jobs.cancel(claimed, house.now_ms)
    elif state is State.FAILED:
        ended = jobs.fail(claimed, 1, house.now_ms, jobs.Failure("a", "b"))
    else:
        ended = jobs.succeed(claimed, 1, house.now_ms, uri="s3://a/b", content_type="text/plain")
    assert house.table.replace(ended)
    house.pass_time(180)
    assert house.ears["webhook"].ids == [f"{job_id}-{state}-1"]
    assert house.job(job_id).owed == ()


def test_a_late_job_that_a_client_looks_at_or_a_sweep_finds_is_told() -> None:
    house = ToldHouse()
    looked_at, swept = house.submit(ttl_s=1).id, house.submit(ttl_s=1).id
    house.clock.move(2 * 10**9)
    house.jobs.job(looked_at)
    house.deliver()
    assert house.ears["webhook"].ids == [f"{looked_at}-expired-0"]
    house.pass_time(1000)
    assert house.ears["webhook"].ids == [f"{looked_at}-expired-0", f"{swept}-expired-0"]


def test_what_fails_is_tried_again_ever_later_with_the_same_event() -> None:
    house = ToldHouse({"webhook": Ear(Answer(500), AWAY, Answer(503), Answer(204))})
    house.jobs.cancel(house.submit().id)
    house.deliver()
    house.pass_time(6)
    house.pass_time(3 * 3600)
    ear, log = house.ears["webhook"], house.job("j1").deliveries
    assert len(set(ear.ids)) == 1
    assert len({event.body for event in ear.heard}) == 1
    assert [(told.number, told.status, told.error) for told in log] == [
        (1, 500, "delivery_failed"),
        (2, 0, "delivery_failed"),
        (3, 503, "delivery_failed"),
        (4, 204, ""),
    ]
    assert log[1].why == "nobody is there"
    gaps = [(b.at_ms - a.at_ms) / 1000 for a, b in pairwise(log)]
    for gap, wait in zip(gaps, WAITS_S, strict=False):
        assert wait <= gap <= 1.2 * wait + 240


def test_a_receiver_that_never_answers_is_given_up_after_days() -> None:
    house = ToldHouse({"webhook": Ear(AWAY)})
    house.jobs.cancel(house.submit().id)
    house.pass_time(5 * 86_400)
    job = house.job("j1")
    assert len(house.ears["webhook"].heard) == len(WAITS_S) + 1
    assert (job.owed, job.due_ms, job.deliveries[-1].again_ms) == ((), 0, 0)
    assert job.deliveries[-1].at_ms - job.finished_ms > 75 * 3600 * 1000
    assert job.expires_s * 1000 > job.deliveries[-1].at_ms


def test_a_receiver_that_is_gone_is_told_no_more() -> None:
    house = ToldHouse({"webhook": Ear(Answer(410)), "sns": Ear(AWAY)})
    given_up = []
    house.deliverer._given_up = lambda job_id, told: given_up.append((job_id, told.sink))
    house.jobs.cancel(house.submit().id)
    house.pass_time(100_000)
    assert len(house.ears["webhook"].heard) == 1
    assert house.job("j1").owed == ("sns",)
    assert given_up == [("j1", "webhook")]


def test_an_address_that_may_not_be_told_any_more_is_not_tried_again() -> None:
    house = ToldHouse({"webhook": Ear(WebhookRefused("inner"))})
    house.jobs.cancel(house.submit().id)
    house.pass_time(3600)
    (told,) = house.job("j1").deliveries
    assert (told.error, told.status, told.again_ms) == ("webhook_refused", 0, 0)
    assert house.job("j1").owed == ()


def test_a_receiver_that_asks_for_time_is_given_it() -> None:
    house = ToldHouse({"webhook": Ear(Answer(429, retry_after_s=4000), Answer())})
    house.jobs.cancel(house.submit().id)
    house.pass_time(3600)
    assert len(house.ears["webhook"].heard) == 1
    house.pass_time(1200)
    assert len(house.ears["webhook"].heard) == 2


def test_each_sink_has_its_own_tries() -> None:
    ears = {
        "webhook": Ear(Answer(500), Answer(500), Answer()),
        "sns": Ear(),
        "eventbridge": Ear(AWAY),
    }
    house = ToldHouse(ears)
    house.jobs.cancel(house.submit().id)
    house.pass_time(3600)
    assert [len(ears[name].heard) for name in ears] == [3, 1, 4]
    assert house.job("j1").owed == ("eventbridge",)
    assert len({event.id for ear in ears.values() for event in ear.heard}) == 1


def test_a_job_without_a_webhook_is_told_to_the_deployments_own_sinks_only() -> None:
    house = ToldHouse({"webhook": Ear(), "sns": Ear()})
    house.jobs.cancel(house.submit(webhook="").id)
    house.pass_time(120)
    assert (house.ears["webhook"].heard, len(house.ears["sns"].heard)) == ([], 1)


def test_a_sink_that_is_there_no_more_is_owed_nothing() -> None:
    house = ToldHouse({"webhook": Ear(), "sns": Ear()})
    house.jobs.cancel(house.submit().id)
    del house.deliverer._sinks["sns"]  # type: ignore[attr-defined]  # a deployment without it
    house.deliver()
    assert house.job("j1").owed == ()
    assert house.job("j1").deliveries[-1].why == "this deployment tells it nothing any more"


def test_a_redriven_job_is_told_of_again_as_another_event() -> None:
    house = ToldHouse()
    house.fail(house.submit().id)
    house.pass_time(180)
    assert house.jobs.redrive("j1").owed == ("webhook",)
    house.fail("j1")
    house.pass_time(180)
    assert house.ears["webhook"].ids == ["j1-failed-1", "j1-failed-2"]
    assert [told.event for told in house.job("j1").deliveries] == house.ears["webhook"].ids
