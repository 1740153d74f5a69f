"""Models in a bucket: fetched on first use into the environment's scratch space."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from samovar.adapters.directory import unknown_model, unknown_version
from samovar.adapters.model_files import LocalFiles
from samovar.errors import ModelCorrupt, ModelNotFound, StorageUnavailable, VersionNotFound
from samovar.manifest import LOCK, MANIFEST, read_manifest
from samovar.ports import ModelFiles
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Store:
    """A models folder under a bucket's prefix, with a folder on disk for what was fetched.

    A download lands under a temporary name and is moved into place whole, so that a
    killed function never leaves half a model behind.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str, cache: Path) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._cache = cache

    def names(self) -> tuple[str, ...]:
        """The folders under the prefix."""
        return tuple(sorted(self._folders(self._prefix)))

    def spec(self, name: str) -> ModelSpec:
        """The manifest objects."""
        self._check(name)
        return read_manifest(
            name,
            self._text(f"{name}/{MANIFEST}"),
            self._text(f"{name}/{LOCK}"),
            read=lambda file: self._bytes(f"{name}/{file}"),
        )

    def versions(self, name: str) -> tuple[str, ...]:
        """The numbered folders of the model."""
        found = self._check(name)
        return tuple(sorted((v for v in found if v.isascii() and v.isdigit()), key=int))

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version on local disk, downloaded if it was not there."""
        target = self._cache / name / version
        if target.is_dir() and name and version:
            return LocalFiles(target, target.parent)
        if version not in self.versions(name):
            raise VersionNotFound(unknown_version(name, version))
        target.parent.mkdir(parents=True, exist_ok=True)
        keys = list(self._keys(f"{self._prefix}{name}/{version}/"))
        self._check_room(name, sum(size for _, size in keys))
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as scratch:
            whole = Path(scratch) / version
            for key, _ in keys:
                self._download(key, whole / key.rpartition("/")[2])
            _move(whole, target)
        return LocalFiles(target, target.parent)

    def _check_room(self, name: str, needed: int) -> None:
        free = shutil.disk_usage(self._cache).free
        if needed > free:
            raise StorageUnavailable(
                f"model '{name}' needs {needed} bytes of scratch space and {free} are free: "
                "raise the function's EphemeralStorage"
            )

    def _check(self, name: str) -> list[str]:
        """The model's folders. Raises ModelNotFound where the bucket has nothing of it."""
        if not name or "/" in name or name.startswith("."):
            raise ModelNotFound(unknown_model(name))
        prefix = f"{self._prefix}{name}/"
        folders = self._folders(prefix)
        if not folders and not any(True for _ in self._keys(prefix)):
            raise ModelNotFound(unknown_model(name))
        return folders

    def _folders(self, prefix: str) -> list[str]:
        with _errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            return [
                entry["Prefix"][len(prefix) : -1]
                for page in pages
                for entry in page.get("CommonPrefixes", [])
            ]

    def _keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        with _errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            for page in pages:
                for entry in page.get("Contents", []):
                    yield entry["Key"], entry["Size"]

    def _text(self, path: str) -> str:
        try:
            return self._bytes(path).decode()
        except ModelCorrupt:
            return ""

    def _bytes(self, path: str) -> bytes:
        with _errors(lambda: ModelCorrupt(f"{path} is not in the bucket")):
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{path}")
            return answer["Body"].read()

    def _download(self, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _errors():
            self._client.download_file(self._bucket, key, str(path))


def _move(whole: Path, target: Path) -> None:
    try:
        os.replace(whole, target)  # noqa: PTH105 - Path.replace says no more
    except OSError:
        if not target.is_dir():  # another thread was faster: its copy is as good
            raise


@contextmanager
def _errors(missing: Callable[[], Exception] | None = None) -> Iterator[None]:
    """No botocore error leaves this file."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _MISSING and missing is not None:
            raise missing() from None
        raise StorageUnavailable(f"the models bucket answered {code}") from None
    except BotoCoreError as error:
        raise StorageUnavailable(
            f"the models bucket cannot be reached: {type(error).__name__}"
        ) from None
