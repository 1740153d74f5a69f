"""Answers are kept at every door, and with jobs beside them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.direct import DirectDoor
from samovar.errors import InvalidInput, NotKept
from samovar.serve import plain_app
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.conftest import Log
from tests.doors.job_house import JobHouse
from tests.doors.kept.asking import PREDICT, ask, states
from tests.doors.test_plain_door import Life
from tests.doors.test_plain_door import ask as ask_plain


def test_jobs_and_calls_under_a_key_go_past_what_is_kept(folder: Path, log: Log) -> None:
    house = JobHouse(folder, log.observer)
    cache = build_service(Settings(models_dir=folder)).cache
    house.service.cache = cache
    assert states(ask(house.hot), ask(house.hot)) == ["miss", "hit"]
    later, keyed = ask(house.hot, prefer="respond-async"), ask(house.hot, idempotency_key="k")
    assert (later["statusCode"], keyed["statusCode"]) == (202, 200)
    assert states(later, keyed) == ["bypass", "bypass"]


def test_a_kept_answer_that_is_too_large_to_be_sent_lies_ready_as_before(
    folder: Path, log: Log
) -> None:
    settings = Settings(models_dir=folder, answer_bytes=100)
    house = JobHouse(folder, log.observer, settings)
    house.service.cache = build_service(settings).cache
    assert [ask(house.hot)["statusCode"] for _ in range(2)] == [202, 202]
    runs = sum(each.success_count for each in house.host.statistics().values())
    assert runs == 1


def test_the_direct_door_has_them_too(
    kept: Service, folder: Path, log: Log, context: Callable[[], Any]
) -> None:
    door = DirectDoor(kept, Settings(models_dir=folder), log.observer)
    event = {"model": "mood", "input": {"text": "great"}}
    assert door(event, context()) == door(event, context())
    door({**event, "cache_control": "no-store"}, context())
    with pytest.raises(NotKept):
        door({**event, "input": {"text": "x"}, "cache_control": "only-if-cached"}, context())
    with pytest.raises(InvalidInput, match="cache_control"):
        door({**event, "cache_control": 5}, context())
    lines = [line for line in log.lines() if line["message"] == "request"]
    assert [line.get("cache", "") for line in lines] == ["miss", "hit", "bypass", "", ""]


async def _served(folder: Path, log: Log, batch_delay_ms: float | None) -> list[str]:
    settings = Settings(models_dir=folder)
    door = plain_app(settings, batch_delay_ms, log.observer)
    async with Life(door):
        found = [await ask_plain(door, "POST", PREDICT, b"great", **_TEXT) for _ in range(4)]
    return [headers.get(CACHE_STATE, "") for _, _, headers in found]


_TEXT = {"content_type": "text/plain"}


@pytest.mark.parametrize("batch_delay_ms", [None, 1.0])
def test_serve_has_them_too_whether_it_batches_or_not(
    folder: Path, log: Log, batch_delay_ms: float | None
) -> None:
    found = asyncio.run(_served(folder, log, batch_delay_ms))
    assert found == ["miss", "hit", "hit", "hit"]
