"""Two questions never share an answer, and two ways to ask one do: over drawn requests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.memory import MemoryClock
from samovar.caching.cache import ResponseCache
from samovar.caching.parts import Parts
from samovar.caching.questions import Asked, ask
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring_models import build_host, build_store

from tests import kept_models
from tests.kept_models import Sent, state, write_kept

WORDS = st.sampled_from(["good", "bad", "great love", "poor é", ""])
NUMBERS = st.sampled_from([0.0, 1.0, -1.5])
WHOLE = st.sampled_from([0, 1, 7])
Meaning = tuple[Any, ...]


@st.composite
def questions(draw: Callable[..., Any]) -> tuple[Meaning, Sent]:
    """A question, as what it means, and one of the requests that ask it."""
    chance = Random(draw(st.integers(0, 2**32)))
    return draw(st.sampled_from([_affine, _sums, _mood, _price]))(draw, chance)


def _affine(draw: Callable[..., Any], chance: Random) -> tuple[Meaning, Sent]:
    version = draw(st.sampled_from(["", "1", "2"]))
    rows = draw(st.integers(1, 2))
    values = tuple(draw(NUMBERS) for _ in range(rows * 3))
    outputs = draw(st.sampled_from([(), (("y", False),), (("y", True),)]))
    tensors = {"x": np.array(values, np.float32).reshape(rows, 3)}
    sent = kept_models.infer("affine", version, tensors, list(outputs), chance)
    return ("affine", version or "2", rows, values, outputs), sent


def _sums(draw: Callable[..., Any], chance: Random) -> tuple[Meaning, Sent]:
    a, b = (tuple(draw(WHOLE) for _ in range(2)) for _ in "ab")
    choices = [(), (("sum", False),), (("product", False),), (("sum", False), ("product", True))]
    outputs = draw(st.sampled_from([*choices, (("product", True), ("sum", False))]))
    tensors = {"a": np.array([a]), "b": np.array([b])}
    sent = kept_models.infer("sums", "", tensors, list(outputs), chance)
    return ("sums", a, b, outputs), sent


def _mood(draw: Callable[..., Any], chance: Random) -> tuple[Meaning, Sent]:
    text = draw(WORDS)
    return ("mood", text), kept_models.predict("mood", "text", text, chance)


def _price(draw: Callable[..., Any], chance: Random) -> tuple[Meaning, Sent]:
    row = {"rooms": draw(WHOLE), "area": draw(WHOLE)}
    many = draw(st.booleans())
    value = [row] if many else row
    return ("price", many, *row.values()), kept_models.predict("price", "row", value, chance)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kept(tmp_path_factory.mktemp("kept") / "models")


@pytest.fixture(scope="module")
def plain(root: Path) -> Service:
    """A service that keeps nothing: what it answers is the truth."""
    return _service(root, None)


@pytest.fixture(scope="module")
def keeping(root: Path) -> Iterator[Service]:
    """A service that keeps what it answers."""
    return _service(root, ResponseCache(10_000_000, MemoryClock()))


def _service(root: Path, cache: ResponseCache | None) -> Service:
    settings = Settings(models_dir=root)
    store = build_store(settings)
    return Service(store, build_host(settings, store), cache)


@given(asked=st.lists(questions(), max_size=12))
def test_an_answer_is_that_of_its_own_question_and_is_kept_for_it_alone(
    plain: Service, keeping: Service, asked: list[tuple[Meaning, Sent]]
) -> None:
    assert keeping.cache is not None
    keeping.cache.clear()
    seen = set()
    for meaning, sent in asked:
        wanted, found = (kept_models.ask(service, sent) for service in (plain, keeping))
        assert (found.status, found.body) == (wanted.status, wanted.body)
        assert (found.content_type, wanted.headers.items() <= found.headers.items()) == (
            wanted.content_type,
            True,
        )
        assert state(found) == ("hit" if meaning in seen else "miss"), meaning
        seen.add(meaning)


@given(one=questions(), other=questions())
def test_keys_differ_where_questions_do_and_nowhere_else(
    root: Path, one: tuple[Meaning, Sent], other: tuple[Meaning, Sent]
) -> None:
    keys = [_key(root, sent) for _, sent in (one, other)]
    assert (keys[0] == keys[1]) == (one[0] == other[0])


def _key(root: Path, sent: Sent) -> bytes:
    from samovar.edges.inference import Visit, find_target, payload_of
    from samovar.edges.messages import Request

    service = _SERVICES.setdefault(root, _service(root, None))
    target = find_target("POST", sent.path)
    request = Request("POST", sent.path, sent.headers, sent.body, sent.request_id)
    payload = payload_of(Visit(service, request, target), 10_000_000)
    version = target.version or service.newest(target.model)
    # The identity is by the name and the version here, as by files and manifest elsewhere.
    identity = f"{target.model}/{version}".encode()
    question = ask(payload, Asked(service.spec(target.model), version, identity))
    assert question is not None
    return question.key


_SERVICES: dict[Path, Service] = {}


@given(one=st.lists(st.binary(max_size=3)), other=st.lists(st.binary(max_size=3)))
def test_parts_are_told_apart_where_one_ends_and_the_next_begins(
    one: list[bytes], other: list[bytes]
) -> None:
    def digest(parts: list[bytes]) -> bytes:
        found = Parts(b"k", b"i")
        for part in parts:
            found.add(part)
        return found.digest()

    assert (digest(one) == digest(other)) == (one == other)
    joined = [b"".join(one)]
    assert (digest(one) == digest(joined)) == (one == joined)
