"""Signatures are those of the Standard Webhooks specification."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.signatures import read_secrets, signed_headers


def test_the_signature_is_that_of_the_specifications_own_libraries() -> None:
    keys = read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert signed_headers(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.lists(st.binary(min_size=24, max_size=64), min_size=1, max_size=3), st.binary())
def test_each_secret_signs_the_id_the_time_and_the_body(keys: list[bytes], body: bytes) -> None:
    secrets = " ".join("whsec_" + base64.b64encode(key).decode() for key in keys)
    headers = signed_headers(read_secrets(secrets), "a-succeeded-1", 7, body)
    made = headers["webhook-signature"].split(" ")
    for key, signature in zip(keys, made, strict=True):
        wanted = hmac.digest(key, b"a-succeeded-1.7." + body, hashlib.sha256)
        assert signature == "v1," + base64.b64encode(wanted).decode()


def test_a_secret_that_a_template_generated_is_one_without_its_prefix() -> None:
    assert len(read_secrets("A1b2" * 11)[0]) == 33


@pytest.mark.parametrize("text", ["whsec_", "whsec_c2hvcnQ=", "whsec_" + "a" * 92, "whsec_ä" * 9])
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and 24 to 64 bytes") as refused:
        read_secrets(text)
    assert text[6:] not in str(refused.value) or len(text) < 8
