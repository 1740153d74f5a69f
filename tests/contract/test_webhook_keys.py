"""The secrets that sign webhooks, in Secrets Manager as moto and ministack have it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from samovar.adapters.memory import MemoryClock
from samovar.adapters.webhook_keys import StoredKeys
from samovar.errors import StorageUnavailable

from tests.contract.conftest import aws_client
from tests.contract.places import CLOUDS

SECRET = "whsec_" + "c2VjcmV0" * 5
Clouds = Callable[[str, str], Any]


@pytest.fixture(
    params=[
        *CLOUDS,
    ]
)
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_secret_and_the_one_before_it_sign(where: str, clouds: Clouds) -> None:
    client, name = clouds(where, "secretsmanager"), uuid.uuid4().hex
    client.create_secret(Name=name, SecretString="whsec_" + "b2xk" * 8)
    clock = MemoryClock()
    keys = StoredKeys(client, name, clock)
    assert keys.keys() == (b"old" * 8,)
    client.put_secret_value(SecretId=name, SecretString="bmV3" * 8)
    assert keys.keys() == (b"old" * 8,)
    clock.move(301 * 10**9)
    assert keys.keys() == (b"new" * 8, b"old" * 8)


def test_a_secret_that_is_none_or_away_is_unavailable_and_not_repeated(
    where: str, clouds: Clouds, closed_port: int
) -> None:
    client, name = clouds(where, "secretsmanager"), uuid.uuid4().hex
    client.create_secret(Name=name, SecretString="hunter2")
    away = aws_client("secretsmanager", f"http://127.0.0.1:{closed_port}")
    for stored in (
        StoredKeys(client, name, MemoryClock()),
        StoredKeys(client, "nobodys", MemoryClock()),
        StoredKeys(away, name, MemoryClock()),
    ):
        with pytest.raises(StorageUnavailable) as refused:
            stored.keys()
        assert "hunter2" not in refused.value.message


def test_a_secret_is_asked_for_again_when_it_is_old_and_kept_where_nobody_answers() -> None:
    class Counted:
        asked = 0
        away = False

        def get_secret_value(self, **named: str) -> dict:
            self.asked += 1
            if self.away:
                raise ClientError({"Error": {"Code": "InternalServiceError"}}, "Get")
            if named["VersionStage"] == "AWSPREVIOUS":
                raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Get")
            return {"SecretString": SECRET}

    counted, clock = Counted(), MemoryClock()
    keys = StoredKeys(counted, "a", clock)
    assert keys.keys() == keys.keys()
    assert counted.asked == 2
    counted.away = True
    clock.move(301 * 10**9)
    assert keys.keys() == (b"secret" * 5,)
    with pytest.raises(StorageUnavailable):
        StoredKeys(counted, "a", clock).keys()
