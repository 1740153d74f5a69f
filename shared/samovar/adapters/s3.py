"""Models in a bucket: fetched on first use into the environment's scratch space."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from samovar.adapters.directory import is_version, unknown_model, unknown_version
from samovar.adapters.model_files import LocalFiles
from samovar.compiled import COMPILED
from samovar.errors import (
    ModelCorrupt,
    ModelNotFound,
    ModelUnsafe,
    SamovarError,
    StorageUnavailable,
    VersionNotFound,
)
from samovar.layout import LOCK, MANIFEST
from samovar.manifest import read_manifest
from samovar.ports import ModelFiles
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_TEXTS = (MANIFEST, LOCK)
_LONGEST_NAME = 128
Listing = list[tuple[str, int]]
"""Keys under a prefix, without it, and their sizes."""


class FetchedFiles(LocalFiles):
    """Files that were fetched, without compiled forms."""

    forms = False


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
        """The folders under the prefix that hold a manifest or a numbered version."""
        parts = (key.partition("/") for key, _ in self._list(""))
        return tuple(sorted({name for name, _, key in parts if _is_name(name) and _of_model(key)}))

    def spec(self, name: str) -> ModelSpec:
        """The manifest objects. One that is gone since it was listed is a model's being removed."""
        keys = dict(self._keys_of(name))
        gone = ModelNotFound(unknown_model(name))
        manifest, lock = (self._bytes(name, f, gone) if f in keys else b"" for f in _TEXTS)
        return read_manifest(name, manifest, lock, read=lambda file: self._asset(name, file))

    def versions(self, name: str) -> tuple[str, ...]:
        """The numbered folders of the model."""
        found = {key.partition("/")[0] for key, _ in self._keys_of(name) if "/" in key}
        return tuple(sorted(filter(is_version, found), key=int))

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version on local disk, downloaded if it was not there."""
        _check_name(name)
        if not is_version(version):
            raise VersionNotFound(unknown_version(name, version))
        target = self._cache / name / version
        if not target.is_dir():
            keys = [(key, size) for key, size in self._keys_of(name) if _is_fetched(version, key)]
            if not keys:
                raise VersionNotFound(unknown_version(name, version))
            self._download_all(name, keys, target)
        return FetchedFiles(target, target.parent)

    def _download_all(self, name: str, keys: Listing, target: Path) -> None:
        """The objects that were listed. Raises VersionNotFound where one has been removed since."""
        with _errors(VersionNotFound(unknown_version(name, target.name))):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._check_room(name, sum(size for _, size in keys))
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as scratch:
                whole = Path(scratch) / target.name
                whole.mkdir()
                for key, _ in keys:
                    self._download(name, key, whole)
                _move(whole, target)

    def _download(self, name: str, key: str, whole: Path) -> None:
        """One object, at its place within the version's folder."""
        relative = key.partition("/")[2]
        if not relative or relative.endswith("/"):  # what consoles leave to show a folder
            return
        if any(part in ("", ".", "..") or "\0" in part for part in relative.split("/")):
            raise ModelUnsafe(f"{name}/{key[:200]!r} leads out of the model's folder")
        path = whole / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        self._client.download_file(self._bucket, f"{self._prefix}{name}/{key}", str(path))

    def _check_room(self, name: str, needed: int) -> None:
        free = shutil.disk_usage(self._cache).free
        if needed > free:
            raise StorageUnavailable(
                f"model '{name}' needs {needed} bytes of scratch space and {free} are free: "
                "raise the function's EphemeralStorage"
            )

    def _keys_of(self, name: str) -> Listing:
        """The model's keys. Raises ModelNotFound where the bucket has no model of that name."""
        _check_name(name)
        keys = self._list(f"{name}/")
        if not any(_of_model(key) for key, _ in keys):
            raise ModelNotFound(unknown_model(name))
        return keys

    def _list(self, folder: str) -> Listing:
        prefix = f"{self._prefix}{folder}"
        with _errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            return [
                (entry["Key"][len(prefix) :], entry["Size"])
                for page in pages
                for entry in page.get("Contents", [])
            ]

    def _asset(self, name: str, file: str) -> bytes:
        return self._bytes(name, file, ModelCorrupt(f"{name}/{file[:200]} is not in the bucket"))

    def _bytes(self, name: str, file: str, missing: SamovarError) -> bytes:
        with _errors(missing):
            key = f"{self._prefix}{name}/{file}"
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()


def _is_name(name: str) -> bool:
    """Whether a folder may be a model's: a name comes from a URL and becomes a path on disk."""
    plain = name.isprintable() and "/" not in name and not name.startswith(".")
    return plain and 0 < len(name) <= _LONGEST_NAME


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise ModelNotFound(unknown_model(name))


def _of_model(key: str) -> bool:
    """Whether a key within a folder makes it a model's."""
    version, slash, _ = key.partition("/")
    return key == MANIFEST or (bool(slash) and is_version(version))


def _is_fetched(version: str, key: str) -> bool:
    """Whether a key is a version's. Compiled forms stay where they are: they open a model 0.1 s
    sooner, and to fetch them as well takes longer than that.
    """
    return key.startswith(f"{version}/") and not key.startswith(f"{version}/{COMPILED}/")


def _move(whole: Path, target: Path) -> None:
    try:
        os.replace(whole, target)  # noqa: PTH105 - Path.replace says no more
    except OSError:
        if not target.is_dir():  # another thread was faster: its copy is as good
            raise


@contextmanager
def _errors(missing: SamovarError | None = None) -> Iterator[None]:
    """No error of boto3, or of the scratch disk, leaves this file; `missing` is for an object."""
    from boto3.exceptions import Boto3Error

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _MISSING and missing is not None:
            raise missing from None
        raise StorageUnavailable(f"the models bucket answered {code}") from None
    except (BotoCoreError, Boto3Error) as error:
        raise StorageUnavailable(
            f"the models bucket cannot be reached: {type(error).__name__}"
        ) from None
    except OSError as error:
        raise StorageUnavailable(
            f"the model cannot be kept in scratch space: {error.strerror}"
        ) from None
