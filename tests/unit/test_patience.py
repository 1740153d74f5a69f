"""A receiver that does not answer is left alone for a while, and nobody else with it."""

from dataclasses import replace

import pytest
from samovar.adapters.memory import MemoryClock
from samovar.errors import DeliveryFailed, WebhookRefused
from samovar.job_events import Answer, Event
from samovar.patience import Patient

from tests.unit.told_house import Ear

AWAY = DeliveryFailed("away")
EVENT = Event("j1-failed-1", "job.failed", 1, "mood", b"{}", "https://a.example/hook")
OTHER = replace(EVENT, webhook="https://b.example/hook")


def tell(patient: Patient, event: Event = EVENT) -> int | str:
    try:
        return patient.tell(event).status
    except DeliveryFailed as error:
        return error.message


def test_after_failures_in_a_row_one_probe_a_while_is_made() -> None:
    ear, clock = Ear(AWAY, Answer(503), Answer(429), AWAY, AWAY, AWAY, Answer()), MemoryClock()
    patient = Patient(ear, clock)
    for _ in range(5):
        tell(patient)
    for _ in range(10):
        assert "left alone" in str(tell(patient))
    assert len(ear.heard) == 5
    clock.move(31 * 10**9)
    assert tell(patient) == "away"
    assert "left alone" in str(tell(patient))
    clock.move(31 * 10**9)
    assert [tell(patient) for _ in range(3)] == [200, 200, 200]


def test_another_host_is_told_meanwhile() -> None:
    ear = Ear(*[AWAY] * 5, Answer())
    patient = Patient(ear, MemoryClock())
    for _ in range(6):
        tell(patient)
    assert tell(patient, OTHER) == 200


def test_a_receiver_that_refuses_is_one_that_answers() -> None:
    patient = Patient(Ear(Answer(500)), MemoryClock())
    assert [tell(patient) for _ in range(20)] == [500] * 20


def test_many_hosts_are_not_remembered_for_ever() -> None:
    patient = Patient(Ear(AWAY), MemoryClock())
    for number in range(1200):
        tell(patient, replace(EVENT, webhook=f"https://h{number}.example/"))
    assert len(patient._hosts) <= 1000


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        Patient(Ear(), MemoryClock()).tell(replace(EVENT, webhook="gopher://a"))
