"""Two levels of kept answers: what is taken from where, for how long, and what trouble costs."""

from collections.abc import Callable
from typing import Any

import pytest
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_answers import MemoryAnswers
from samovar.caching.cache import Found, Request, ResponseCache
from samovar.caching.control import Control
from samovar.errors import InvalidInput, StorageUnavailable
from samovar.keeping import CacheSpec
from samovar.types import InputSpec, Kind, ModelSpec, Payload

SECOND = 1_000_000_000
FILES = {"1/model.onnx": "a" * 64}


def model(**cache: Any) -> ModelSpec:
    return ModelSpec(
        "m", input=InputSpec(Kind.TEXT), files=FILES, cache=CacheSpec(**{"ttl_s": 60, **cache})
    )


def asked(cache: ResponseCache, text: bytes, spec: ModelSpec, **said: Any) -> Request:
    payload = Payload(text, "text/plain", "me")
    request = cache.ask(spec, "1", payload, Control(**said), lambda: 100.0)
    assert request is not None
    return request


def answer(cache: ResponseCache, text: bytes, spec: ModelSpec, **said: Any) -> Found:
    """Found, or made: the answer tells the text in upper case."""
    request = asked(cache, text, spec, **said)
    body = b'{"id":"me","model":"m","text":"%s"}' % text.upper()
    made = lambda: (Payload(body, "application/json", "me"), spec)  # noqa: E731 - one line
    return cache.find(request) or cache.make(request, made)


def test_an_answer_is_kept_for_its_time_and_tells_its_age() -> None:
    clock, spec = MemoryClock(), model()
    cache = ResponseCache(10_000, clock)
    assert answer(cache, b"a", spec).state == "miss"
    clock.move(59 * SECOND)
    found = answer(cache, b"a", spec)
    assert (found.state, found.age_s, found.ttl_s) == ("hit", 59, 60)
    assert found.payload.body == b'{"id":"me","model":"m","text":"A"}'
    clock.move(SECOND)
    assert answer(cache, b"a", spec).state == "miss"
    assert answer(cache, b"b", spec).state == "miss"


def test_a_shorter_time_in_the_manifest_counts_for_what_was_kept_before() -> None:
    clock = MemoryClock()
    cache = ResponseCache(10_000, clock)
    answer(cache, b"a", model())
    clock.move(10 * SECOND)
    assert answer(cache, b"a", model(ttl_s=11)).state == "hit"
    assert answer(cache, b"a", model(ttl_s=10)).state == "miss"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"max_age_s": 11}, "hit"),
        ({"max_age_s": 10}, "miss"),
        ({"max_age_s": 0}, "miss"),
        ({"min_fresh_s": 49}, "hit"),
        ({"min_fresh_s": 50}, "miss"),
    ],
)
def test_a_client_says_how_old_an_answer_may_be(said: dict[str, int], state: str) -> None:
    clock, spec = MemoryClock(), model()
    cache = ResponseCache(10_000, clock)
    answer(cache, b"a", spec)
    clock.move(10 * SECOND)
    assert answer(cache, b"a", spec, **said).state == state
    assert answer(cache, b"a", spec).age_s == (10 if state == "hit" else 0), "it is kept anew"


def test_an_answer_goes_to_other_processes_and_to_their_own_memory() -> None:
    clock, spec = MemoryClock(), model()
    store = MemoryAnswers(clock)
    first, second = (ResponseCache(10_000, clock, store) for _ in range(2))
    assert answer(first, b"a", spec).state == "miss"
    clock.move(5 * SECOND)
    found = answer(second, b"a", spec)
    assert (found.state, found.age_s) == ("hit-2", 5)
    assert answer(second, b"a", spec).state == "hit"
    assert (store.reads, store.writes) == (2, 1)
    clock.move(55 * SECOND)
    assert answer(second, b"a", spec).state == "miss"


@pytest.mark.parametrize(("shared", "ms", "writes"), [(False, 900.0, 0), (True, 1.0, 1)])
def test_the_manifest_says_what_is_shared(shared: bool, ms: float, writes: int) -> None:
    assert _writes(model(shared=shared), ms) == writes


@pytest.mark.parametrize(("ms", "writes"), [(1.0, 0), (19.0, 0), (20.0, 1), (0.0, 1)])
def test_what_is_answered_sooner_than_a_store_is_asked_is_not_shared(
    ms: float, writes: int
) -> None:
    assert _writes(model(), ms) == writes


def _writes(spec: ModelSpec, ms: float) -> int:
    store = MemoryAnswers(MemoryClock())
    cache = ResponseCache(10_000, MemoryClock(), store)
    request = cache.ask(spec, "1", Payload(b"a", "text/plain", "me"), Control(), lambda: ms)
    assert request is not None
    assert cache.find(request) is None
    cache.make(request, lambda: (Payload(b'{"id":"me","x":1}', "application/json"), spec))
    assert store.reads == store.writes
    return store.writes


class Broken:
    """A store that fails whenever it is asked."""

    def __init__(self, error: Exception) -> None:
        self.calls = 0
        self._error = error

    def get(self, key: bytes) -> bytes | None:
        self.calls += 1
        raise self._error

    def put(self, key: bytes, body: bytes, until_s: int) -> None:
        self.calls += 1
        raise self._error


@pytest.mark.parametrize("error", [StorageUnavailable("away"), RuntimeError("no region")])
def test_a_store_that_fails_costs_no_answer_and_is_left_alone_for_a_while(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    clock, spec, store = MemoryClock(), model(), Broken(error)
    cache = ResponseCache(10_000, clock, store)
    assert [answer(cache, text, spec).state for text in (b"a", b"b", b"a")] == [
        "miss",
        "miss",
        "hit",
    ]
    assert (store.calls, cache.faults) == (1, 1)
    assert f"{type(error).__name__}: {error.args[0]}" in caplog.text
    clock.move(31 * SECOND)
    answer(cache, b"c", spec)
    assert store.calls == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"samovar-answer-1\n0[]\n", b"samovar-answer-1\nzz"])
def test_what_lies_in_the_store_and_is_no_answer_is_a_miss(body: bytes) -> None:
    clock, spec = MemoryClock(), model()
    store = MemoryAnswers(clock)
    cache = ResponseCache(10_000, clock, store)
    store.put(asked(cache, b"a", spec).question.key, body, 2**40)
    assert answer(cache, b"a", spec).state == "miss"


def test_an_answer_over_the_models_limit_is_given_and_not_kept() -> None:
    spec, store = model(max_bytes=600), MemoryAnswers(MemoryClock())
    cache = ResponseCache(10_000, MemoryClock(), store)
    assert answer(cache, b"a" * 200, spec).state == "miss"
    assert (answer(cache, b"a" * 200, spec).state, cache.held_bytes) == ("miss", 0)
    assert store.writes == 0
    assert [answer(cache, b"a", spec).state for _ in range(2)] == ["miss", "hit"]


def test_an_answer_that_does_not_begin_with_its_own_id_is_given_and_not_kept() -> None:
    cache, spec = ResponseCache(10_000, MemoryClock()), model()
    for _ in range(2):
        request = asked(cache, b"a", spec)
        found = cache.find(request) or cache.make(request, lambda: (Payload(b'{"id":"you"}'), spec))
        assert (found.state, found.tag) == ("miss", "")


def test_a_refusal_is_not_kept() -> None:
    cache, spec = ResponseCache(10_000, MemoryClock()), model()
    for _ in range(2):
        with pytest.raises(InvalidInput):
            cache.make(asked(cache, b"a", spec), _raising(InvalidInput("no")))
    assert cache.held_bytes == 0


def _raising(error: Exception) -> Callable[[], Any]:
    def run() -> Any:
        raise error

    return run


def test_versions_that_clients_make_up_leave_nothing_behind() -> None:
    cache, spec = ResponseCache(10_000, MemoryClock()), model()
    for version in ("2", "99", "x" * 1000):
        assert cache.ask(spec, version, Payload(b"a", "text/plain"), Control()) is None
    assert cache.counts == {}


def test_who_comes_when_the_first_has_just_been_answered_does_not_run_it_again() -> None:
    cache, spec = ResponseCache(10_000, MemoryClock()), model()
    late = asked(cache, b"a", spec)
    assert cache.find(late) is None
    answer(cache, b"a", spec)  # another's, in between
    found = cache.make(late, _raising(AssertionError("it is run again")))
    assert found.payload.body == b'{"id":"me","model":"m","text":"A"}'
    anew = asked(cache, b"a", spec, max_age_s=0)
    with pytest.raises(AssertionError, match="again"):
        cache.make(anew, _raising(AssertionError("it is run again")))
