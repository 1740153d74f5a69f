"""A webhook that is taken means one thing: to samovar and to every other reader of URLs."""

from urllib.parse import urlsplit

import httpx
from hypothesis import example, given
from hypothesis import strategies as st
from samovar.addresses import WebhookRule
from samovar.errors import WebhookRefused
from urllib3.util import parse_url

RULE = WebhookRule()
hosts = st.sampled_from(
    ["example.com", "EXAMPLE.com", "127.0.0.1", "8.8.8.8", "a_b.example.com", "localhost", "[::1]"]
)
marks = st.sampled_from(
    ["@", "#", "?", "/", "\\", ":", ":443", ":8443", "%40", "%2f", ";", "&", ""]
)
parts = st.one_of(
    hosts, marks, st.text(st.characters(min_codepoint=1, max_codepoint=0x2FF), max_size=4)
)


@given(st.lists(parts, max_size=8).map("".join).map("https://".__add__))
@example("https://example.com:8443@127.0.0.1/")
@example("https://127.0.0.1:443#@example.com:8443/")
@example("https://example.com?@127.0.0.1/")
@example("https://example.com;@127.0.0.1/")
def test_every_reader_finds_the_same_host_and_port(url: str) -> None:
    try:
        to = RULE.check(url)
    except WebhookRefused:
        return
    split, threes, other = urlsplit(url), parse_url(url), httpx.URL(url)
    assert split.hostname == threes.host == other.host == to.host
    for port in (split.port, threes.port, other.port):
        assert (port or 443) == to.port
    assert (split.username, threes.auth, other.userinfo) == (None, None, b"")
    assert to.path.startswith("/")
    assert url.endswith(to.path.removeprefix("/"))
