"""Answers without their ids: read back as they were written, and as many as there is room for."""

import orjson
from hypothesis import given
from hypothesis import strategies as st
from samovar.caching.answers import Kept, keep, read, write
from samovar.caching.memory import Recent
from samovar.types import Payload

TEXTS = st.text(max_size=8)
BODIES = st.binary(max_size=2000)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 40)), max_size=40))
def test_memory_never_holds_more_than_it_may_and_forgets_the_oldest_first(
    puts: list[tuple[int, int]],
) -> None:
    recent: Recent[Kept] = Recent(600 * 4)
    for name, size in puts:
        recent.put(b"%d" % name, Kept(b"", b"x" * (size + 100), "t", -1, 0, ""))
        assert recent.bytes <= 600 * 4
        assert recent.get(b"%d" % name) is not None
    wanted, held = [], 0
    for name, size in reversed(puts):
        if name not in [known for known, _ in wanted]:
            held += size + 600
            if held > 600 * 4:
                break
            wanted.append((name, size))
    assert {name for name, _ in wanted} <= {
        name for name in range(7) if recent.get(b"%d" % name) is not None
    }


@given(body=BODIES, first=TEXTS, second=TEXTS, header=st.integers(-1, 50))
def test_an_answer_comes_back_from_the_store_as_it_was_for_any_id(
    body: bytes, first: str, second: str, header: int
) -> None:
    name = orjson.dumps(first)
    sent = b'{"id":' + name + b"," + body
    kind = "application/json"
    if header >= 0:
        size = len(name) + header
        kind = f"application/vnd.sagemaker-triton.binary+json;json-header-size={size}"
    kept = keep(Payload(sent, kind, first), (b'{"id":',), first, 5)
    assert kept is not None
    assert kept.payload(first) == Payload(sent, kind, first)
    assert read(write(kept), 10_000) == kept
    other = kept.payload(second)
    assert other.body == b'{"id":' + orjson.dumps(second) + b"," + body
    assert read(write(kept)[:-1], 10_000) != kept
    again = keep(kept.payload(second), (b'{"id":',), second, 9)
    assert again is not None
    assert again.tag == kept.tag, "one answer has one tag, whoever asks"


def test_a_stored_answer_that_would_unpack_to_more_than_may_be_is_none() -> None:
    kept = keep(Payload(b'{"id":"a",' + b" " * 100_000, "t"), (b'{"id":',), "a", 0)
    assert kept is not None
    assert len(write(kept)) < 1000
    assert read(write(kept), 50_000) is None
    assert read(write(kept), 100_000) == kept
