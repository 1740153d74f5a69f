"""Where a webhook may go: no address of an inner network, however it is written."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.addresses import WebhookRule, read_rule, read_url
from samovar.errors import WebhookRefused
from samovar.networks import is_public

ANYWHERE = WebhookRule()
ADDRESSES = st.ip_addresses().map(str) | st.ip_addresses(network="2000::/3").map(str)
GOOD = {
    "https://example.com": "https://example.com",
    "https://example.com/hook?a=b&c=@d": "https://example.com",
    "HTTPS://Hooks.Example.COM/A": "https://hooks.example.com",
    "https://example.com:443/": "https://example.com",
    "https://example.com:8443/hook": "https://example.com:8443",
    "https://example.com?token=1": "https://example.com",
    "https://xn--bcher-kva.example/a": "https://xn--bcher-kva.example",
    "https://93.184.215.14/hook": "https://93.184.215.14",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/": "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]",
}
INNER = [
    "https://localhost/",
    "https://localhost.localdomain.localhost/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://0/",
    "https://10.0.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://169.254.170.2/v2/credentials",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://198.18.0.1/",
    "https://255.255.255.255/",
    "https://168.63.129.16/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://intranet/",
]
UNCLEAR = [
    "",
    "example.com",
    "//example.com/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://",
    "https:///hook",
    "https:example.com",
    "https:/example.com",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "https://example.com#@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.example.com/",
    "https://example.com%2f@127.0.0.1/",
    "https://127%2e0%2e0%2e1/",
    "https://exa mple.com/",
    "https://example.com/a b",
    "https://example.com/\r\nX-Evil: 1",
    "https://example.com/\n",
    " https://example.com/",
    "https://example.com./",
    "https://.example.com/",
    "https://exa..mple.com/",
    "https://-a.example.com/",
    "https://ⓔxample.com/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://[fe80::1%25eth0]/",
    "https://[127.0.0.1]/",
    "https://[::1/",
    "https://::1/",
    "https://example.com:/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:22/",
    "https://example.com:80/",
    "https://example.com:-443/",
    "https://example.com:443:8443/",
    "https://example.com/" + "a" * 2048,
    "https://" + "a." * 130 + "com/",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_public_https_address_is_taken(url: str) -> None:
    assert ANYWHERE.check(url).origin == GOOD[url]


@pytest.mark.parametrize("url", [*INNER, *UNCLEAR], ids=lambda url: url[:40])
def test_an_inner_or_unclear_address_is_refused(url: str) -> None:
    with pytest.raises(WebhookRefused):
        ANYWHERE.check(url)


def test_a_path_and_a_query_are_kept_as_they_are() -> None:
    assert read_url("https://example.com/a%2F..//b;c?d=%00&e").path == "/a%2F..//b;c?d=%00&e"
    assert read_url("https://example.com?x").path == "/?x"
    assert read_url("https://example.com").path == "/"


def test_a_refusal_does_not_repeat_the_address() -> None:
    with pytest.raises(WebhookRefused) as refused:
        ANYWHERE.check("https://user:hunter2@example.com/")
    assert "hunter2" not in refused.value.message
    assert refused.value.code == "webhook_refused"


@given(st.ip_addresses(v=4), st.sampled_from(["{:d}", "0x{:x}", "0{:o}"]))
def test_an_address_as_one_number_is_refused(address: IPv4Address, form: str) -> None:
    with pytest.raises(WebhookRefused):
        ANYWHERE.check(f"https://{form.format(int(address))}/")


@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{0,30}/?.{0,10}"))
def test_any_text_is_taken_apart_cleanly_or_refused(url: str) -> None:
    try:
        found = ANYWHERE.check(url)
    except WebhookRefused:
        return
    assert found.secure
    assert url.lower().startswith(f"https://{found.authority.partition(':')[0]}")
    assert found.host.isascii()
    assert not set(found.host + found.path) & set("@\\ \r\n\t#") - set("@")


@given(st.lists(ADDRESSES, max_size=4))
def test_a_host_is_admitted_when_all_of_its_addresses_are_public(found: list[str]) -> None:
    to = read_url("https://example.com/")
    if found and all(map(is_public, found)):
        assert ANYWHERE.admit(to, found) == tuple(found)
    else:
        with pytest.raises(WebhookRefused):
            ANYWHERE.admit(to, found)


def test_only_listed_hosts_are_told_where_some_are_listed() -> None:
    rule = read_rule("Hooks.example.com, *.example.org, other.example.net:9443")
    for url in ("https://hooks.example.com/", "https://a.b.example.org:8443/x"):
        rule.check(url)
    rule.check("https://other.example.net:9443/")
    for host in ("example.com", "example.org", "evilexample.org", "hooks.example.com.evil.com"):
        with pytest.raises(WebhookRefused):
            rule.check(f"https://{host}/")
    with pytest.raises(WebhookRefused):
        rule.check("https://other.example.net/")


def test_a_star_is_any_public_host_beside_those_that_are_listed() -> None:
    assert read_rule("*") == read_rule(" ") == WebhookRule()
    rule = read_rule("*, other.example.net:9443, http://127.0.0.1")
    for url in ("https://example.com/", "https://other.example.net:9443/", "http://127.0.0.1:1/"):
        rule.check(url)
    for url in ("https://example.com:9443/", "http://example.com/", "https://localhost/"):
        with pytest.raises(WebhookRefused):
            rule.check(url)


def test_a_listed_host_must_have_a_public_address_all_the_same() -> None:
    rule = read_rule("hooks.example.com")
    with pytest.raises(WebhookRefused):
        rule.admit(rule.check("https://hooks.example.com/"), ["10.0.0.1"])


def test_this_machine_is_told_without_tls_where_it_is_listed() -> None:
    rule = read_rule("http://127.0.0.1, http://localhost:9000")
    rule.check("https://example.com/")
    to = rule.check("http://127.0.0.1:4242/hook")
    assert (to.host, to.port, to.secure, to.path) == ("127.0.0.1", 4242, False, "/hook")
    assert rule.admit(to, ["127.0.0.1"]) == ("127.0.0.1",)
    with pytest.raises(WebhookRefused):
        rule.admit(rule.check("http://localhost:9000/"), ["93.184.215.14"])
    for url in ("http://localhost/", "https://127.0.0.1/", "http://127.0.0.2/", "http://10.0.0.1/"):
        with pytest.raises(WebhookRefused):
            rule.check(url)
