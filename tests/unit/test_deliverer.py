"""What is not delivered: what may not go, what is no job's, what there is no time for."""

import pytest
from samovar.errors import DeliveryFailed, WebhookRefused
from samovar.job_events import Answer

from tests.unit.told_house import Ear, ToldHouse

AWAY = DeliveryFailed("nobody is there")


def test_a_webhook_is_refused_where_none_are_sent_and_where_it_may_not_go() -> None:
    with pytest.raises(WebhookRefused, match="sends no webhooks"):
        ToldHouse({"sns": Ear()}).submit()
    house = ToldHouse()
    with pytest.raises(WebhookRefused):
        house.submit(webhook="https://169.254.169.254/")
    assert house.table.writes == 0


def test_a_message_that_comes_early_twice_or_of_nothing_tells_nobody_anything() -> None:
    house = ToldHouse({"webhook": Ear(AWAY, Answer())})
    job_id = house.submit().id
    house.events.send([job_id, "forgotten"])
    house.deliver()
    assert house.ears["webhook"].heard == []
    house.jobs.cancel(job_id)
    house.deliver()
    house.pass_time(6)
    assert len(house.ears["webhook"].heard) == 2
    house.events.send([job_id, job_id])
    house.deliver()
    assert len(house.ears["webhook"].heard) == 2
    assert len(house.events) == 0


def test_what_there_is_no_time_for_is_handed_back() -> None:
    house = ToldHouse()
    house.jobs.cancel(house.submit().id)
    received = house.events.receive(10)
    assert house.deliverer.run(received, lambda: 1000) == received
    assert house.ears["webhook"].heard == []
