"""What only a bucket can do wrong: be away, hold odd keys, break off halfway, fill the disk."""

import errno
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError
from samovar.adapters.s3 import S3Store
from samovar.errors import (
    ModelNotFound,
    ModelUnsafe,
    SamovarError,
    StorageUnavailable,
    VersionNotFound,
)

from tests.contract.conftest import s3_client
from tests.contract.half_server import HalfServer

WEIGHTS = bytes(range(256)) * 40_000  # 10 MB: boto3 fetches it in two parts


class Wrapped:
    """A client whose calls go through `before(method, arguments)`."""

    def __init__(self, client: Any, before: Callable[[str, tuple], None]) -> None:
        self._client = client
        self._before = before

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*args: Any, **named: Any) -> Any:
            self._before(name, args)
            return method(*args, **named)

        return call


@pytest.fixture
def stored(client: Any, bucket: str) -> str:
    """A bucket with the model `m`."""
    for key, content in {"model.toml": b"", "1/model.onnx": WEIGHTS, "1/labels.txt": b"a"}.items():
        client.put_object(Bucket=bucket, Key=f"models/m/{key}", Body=content)
    return bucket


@pytest.fixture
def store(client: Any, stored: str, tmp_path: Path) -> S3Store:
    return S3Store(client, stored, "models/", tmp_path)


def _asks(store: S3Store) -> list[Callable[[], Any]]:
    return [
        store.names,
        lambda: store.spec("m"),
        lambda: store.versions("m"),
        lambda: store.fetch("m", "1"),
    ]


def test_a_large_file_comes_whole(store: S3Store) -> None:
    assert store.fetch("m", "1").read("model.onnx") == WEIGHTS


def test_what_was_fetched_is_not_fetched_again(client: Any, stored: str, tmp_path: Path) -> None:
    calls: list[str] = []
    store = S3Store(
        Wrapped(client, lambda name, _: calls.append(name)), stored, "models/", tmp_path
    )
    store.fetch("m", "1")
    calls.clear()
    assert store.fetch("m", "1").read("labels.txt") == b"a"
    assert not calls


def _removing(client: Any, stored: str, call: str, file: str) -> Wrapped:
    """A client before whose call somebody else removes the object that it is for."""

    def remove(name: str, _: tuple) -> None:
        if name == call:
            client.delete_object(Bucket=stored, Key=f"models/m/{file}")

    return Wrapped(client, remove)


def test_a_version_removed_while_it_is_fetched_is_none(
    client: Any, stored: str, tmp_path: Path
) -> None:
    removing = _removing(client, stored, "download_file", "1/labels.txt")
    with pytest.raises(VersionNotFound):
        S3Store(removing, stored, "models/", tmp_path).fetch("m", "1")
    assert not list(tmp_path.glob("m/1*"))


def test_a_model_removed_while_its_manifest_is_read_is_none(
    client: Any, stored: str, tmp_path: Path
) -> None:
    removing = _removing(client, stored, "get_object", "model.toml")
    with pytest.raises(ModelNotFound):
        S3Store(removing, stored, "models/", tmp_path).spec("m")


def test_half_a_download_is_never_seen(client: Any, stored: str, tmp_path: Path) -> None:
    def break_off(name: str, args: tuple) -> None:
        if name == "download_file" and args[1].endswith("model.onnx"):
            raise ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")

    broken = S3Store(Wrapped(client, break_off), stored, "models/", tmp_path)
    with pytest.raises(StorageUnavailable, match="SlowDown"):
        broken.fetch("m", "1")
    assert list(tmp_path.rglob("*")) == [tmp_path / "m"]
    whole = S3Store(client, stored, "models/", tmp_path).fetch("m", "1")
    assert whole.read("model.onnx") == WEIGHTS


def test_what_a_killed_function_left_behind_is_passed_over(store: S3Store, tmp_path: Path) -> None:
    left = tmp_path / "m" / ".fetch-abc" / "1"
    left.mkdir(parents=True)
    (left / "model.onnx").write_bytes(b"half")
    assert store.fetch("m", "1").read("model.onnx") == WEIGHTS


def test_threads_that_fetch_at_once_all_get_the_whole_model(store: S3Store) -> None:
    found: list[bytes] = []
    start = threading.Barrier(6)

    def fetch() -> None:
        start.wait()
        found.append(store.fetch("m", "1").read("model.onnx"))

    threads = [threading.Thread(target=fetch) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [WEIGHTS] * 6


def test_folder_markers_of_consoles_are_no_files(client: Any, stored: str, store: S3Store) -> None:
    for key in ("models/", "models/m/", "models/m/1/", "models/m/1/sub/", "models/empty/1/"):
        client.put_object(Bucket=stored, Key=key, Body=b"")
    assert store.names() == ("empty", "m")
    assert store.fetch("m", "1").read("labels.txt") == b"a"
    assert store.fetch("empty", "1")


def test_files_of_one_name_in_two_folders_stay_apart(
    client: Any, stored: str, store: S3Store
) -> None:
    client.put_object(Bucket=stored, Key="models/m/1/old/labels.txt", Body=b"old")
    files = store.fetch("m", "1")
    assert (files.read("labels.txt"), files.read("old/labels.txt")) == (b"a", b"old")


@pytest.mark.parametrize("key", ["1/../../../evil", "1/./x", "1//x", "1/a/../../../b"])
def test_a_key_that_leads_out_of_the_folder_is_refused(
    client: Any, stored: str, store: S3Store, tmp_path: Path, key: str
) -> None:
    # boto3's own client would tidy the path of a key away: only its listing can show it.
    def page(name: str, args: tuple) -> None:
        assert args is not None
        assert name != "download_file"

    class Listed(Wrapped):
        def get_paginator(self, _: str) -> Any:
            class Pages:
                def paginate(self, **_: Any) -> list[dict[str, Any]]:
                    return [{"Contents": [{"Key": f"models/m/{key}", "Size": 1}]}]

            return Pages()

    wicked = S3Store(Listed(client, page), stored, "models/", tmp_path / "cache")
    with pytest.raises(ModelUnsafe, match="leads out"):
        wicked.fetch("m", "1")
    assert not (tmp_path / "evil").exists()


def test_many_models_are_listed_over_several_pages(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    class SmallPages(Wrapped):
        def get_paginator(self, name: str) -> Any:
            paginate = client.get_paginator(name).paginate

            class Pages:
                def paginate(self, **named: Any) -> Any:
                    return paginate(**named, PaginationConfig={"PageSize": 2})

            return Pages()

    for number in range(7):
        client.put_object(Bucket=bucket, Key=f"models/m{number}/1/x", Body=b"")
    store = S3Store(SmallPages(client, lambda *_: None), bucket, "models/", tmp_path)
    assert store.names() == tuple(f"m{number}" for number in range(7))


def test_models_outside_the_prefix_are_not_seen(client: Any, stored: str, tmp_path: Path) -> None:
    client.put_object(Bucket=stored, Key="other/secret/1/model.onnx", Body=b"")
    store = S3Store(client, stored, "models/", tmp_path)
    assert store.names() == ("m",)
    with pytest.raises(ModelNotFound):
        store.fetch("../other/secret", "1")


def test_a_bucket_that_is_not_there_is_storage_unavailable(client: Any, tmp_path: Path) -> None:
    for ask in _asks(S3Store(client, "no-such-bucket", "models/", tmp_path)):
        with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
            ask()


def test_a_bucket_that_cannot_be_reached_is_worth_another_try(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    store = S3Store(s3_client(f"http://127.0.0.1:{port}"), "models", "models/", tmp_path)
    for ask in _asks(store):
        with pytest.raises(StorageUnavailable, match="cannot be reached") as caught:
            ask()
        assert caught.value.retryable
        assert "Traceback" not in caught.value.message


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalError", "ExpiredToken"])
def test_any_refusal_of_the_bucket_is_storage_unavailable(
    client: Any, stored: str, tmp_path: Path, code: str
) -> None:
    def refuse(name: str, _: tuple) -> None:
        raise ClientError({"Error": {"Code": code}}, name)

    for ask in _asks(S3Store(Wrapped(client, refuse), stored, "models/", tmp_path)):
        with pytest.raises(StorageUnavailable, match=code):
            ask()


def test_a_bucket_that_goes_away_during_a_download_is_storage_unavailable(
    client: Any, stored: str, tmp_path: Path
) -> None:
    # A server that sends half of an object and hangs up, time after time.
    with HalfServer() as url:
        half = s3_client(url)

        class Switched(Wrapped):
            def download_file(self, *args: Any) -> None:
                half.download_file(*args)

        store = S3Store(Switched(client, lambda *_: None), stored, "models/", tmp_path)
        with pytest.raises(StorageUnavailable):
            store.fetch("m", "1")
    assert not (tmp_path / "m" / "1").exists()


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_model_that_does_not_fit_says_what_to_raise(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10, 9, 1))
    with pytest.raises(StorageUnavailable, match="raise the function's EphemeralStorage"):
        store.fetch("m", "1")


def test_a_disk_that_fills_up_meanwhile_is_storage_unavailable(
    client: Any, stored: str, tmp_path: Path
) -> None:
    def full(name: str, _: tuple) -> None:
        if name == "download_file":
            raise OSError(errno.ENOSPC, "No space left on device")

    store = S3Store(Wrapped(client, full), stored, "models/", tmp_path)
    with pytest.raises(StorageUnavailable, match="No space left"):
        store.fetch("m", "1")


def test_no_error_of_the_store_is_an_sdks(client: Any, stored: str, tmp_path: Path) -> None:
    store = S3Store(client, stored, "models/", tmp_path / "file" / "below")
    (tmp_path / "file").write_bytes(b"")  # the scratch folder cannot be made
    with pytest.raises(SamovarError):
        store.fetch("m", "1")


def test_compiled_forms_stay_in_the_bucket(client: Any, stored: str, tmp_path: Path) -> None:
    for key in ("1/compiled/x86_64/compiled.json", "1/compiled/x86_64/model.prepacked.bin"):
        client.put_object(Bucket=stored, Key=f"models/m/{key}", Body=WEIGHTS)
    files = S3Store(client, stored, "models/", tmp_path).fetch("m", "1")
    assert files.read("model.onnx") == WEIGHTS
    assert not (tmp_path / "m" / "1" / "compiled").exists()
