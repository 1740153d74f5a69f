"""The digest of a request, by which a second one under the same key is held to the first."""

from typing import Any

import pytest
from samovar.jobs import Source
from samovar.submission import Submission

TEXT = Source("text/plain", b"hello")
PARTS = {
    "model": "other",
    "version": "1",
    "ttl_s": 1,
    "priority": 1,
    "webhook": "https://a",
    "tags": {"a": "b"},
    "source": Source("text/plain", b"hello "),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_digest_differs_with_every_part_of_a_request(part: str) -> None:
    said: dict[str, Any] = {"model": "mood", "source": TEXT}
    assert Submission(**said).digest() != Submission(**{**said, part: PARTS[part]}).digest()


def test_a_digest_tells_a_body_from_a_uri_and_from_a_type() -> None:
    sources = (
        Source("a/b", b"c"),
        Source("a/b", uri="c"),
        Source("a/bc"),
        Source("a/b", b"c", uri="c"),
    )
    assert len({Submission("mood", source).digest() for source in sources}) == 4


def test_a_digest_does_not_depend_on_the_order_of_tags() -> None:
    one, other = ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    assert Submission("m", TEXT, tags=one).digest() == Submission("m", TEXT, tags=other).digest()
