"""Models into the bucket: what is there already stays, a model's manifest goes last."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed
from samovar.layout import LOCK
from samovar.types import ModelSpec

from samovar_cli.deploying.account import Account, aws
from samovar_cli.deploying.placing import Placed, files_of
from samovar_cli.folder import Folder

PREFIX = "models/"
_DIGEST = "samovar-sha256"
_CHUNK = 1 << 20
Done = Callable[[int], None]
"""Is told of bytes that are in the bucket now."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that has to be in the bucket."""

    path: Path
    key: str
    bytes: int
    digest: str  # sha256 in hex


def files_to_send(models: Path, placed: Sequence[Placed]) -> tuple[File, ...]:
    """Every file of the models that go into the bucket, in the order in which they are sent.

    Raises CommandFailed for one that is not what its model's lock lists.
    """
    folder = Folder(models)
    return tuple(
        file
        for model in placed
        if model.uploaded
        for file in _of_model(models / model.name, folder.spec(model.name))
    )


def _of_model(folder: Path, spec: ModelSpec) -> Iterator[File]:
    for path in files_of(folder):
        name, digest = path.relative_to(folder).as_posix(), digest_of(path)
        if name in spec.files and spec.files[name] != digest:
            raise CommandFailed(
                f"{path} is not the file that {spec.name}'s {LOCK} lists: build or add the model "
                "again"
            )
        yield File(path, f"{PREFIX}{spec.name}/{name}", path.stat().st_size, digest)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of models in an account."""

    account: Account
    name: str

    def missing(self, files: Sequence[File]) -> tuple[File, ...]:
        """Those that are not there, or are others there. Raises CommandFailed."""
        with aws(f"looking into {self.name}"):
            client = self.account.client("s3")
            there = self._there(client) if files else {}
            return tuple(file for file in files if not self._has(client, there, file))

    def send(self, files: Sequence[File], done: Done) -> None:
        """Put them there. Raises CommandFailed; what was put before stays put."""
        with aws(f"uploading to {self.name}"):
            client = self.account.client("s3")
            for file in files:
                extra = {"Metadata": {_DIGEST: file.digest}}
                client.upload_file(
                    str(file.path), self.name, file.key, ExtraArgs=extra, Callback=done
                )

    def others(self, placed: Sequence[Placed]) -> tuple[str, ...]:
        """Models in the bucket that the folder does not send there: they stay."""
        sent = {model.name for model in placed if model.uploaded}
        with aws(f"looking into {self.name}"):
            pages = self.account.client("s3").get_paginator("list_objects_v2")
            found = [
                str(each["Prefix"]).removeprefix(PREFIX).rstrip("/")
                for page in pages.paginate(Bucket=self.name, Prefix=PREFIX, Delimiter="/")
                for each in page.get("CommonPrefixes", ())
            ]
        return tuple(sorted(set(found) - sent))

    def _there(self, client: Any) -> dict[str, int]:
        """Key → bytes of all that lies there for models."""
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=PREFIX)
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}

    def _has(self, client: Any, there: dict[str, int], file: File) -> bool:
        """Whether the very file is there: as many bytes, and the digest that we gave it."""
        if there.get(file.key) != file.bytes:
            return False
        said = client.head_object(Bucket=self.name, Key=file.key).get("Metadata", {})
        return bool(said.get(_DIGEST) == file.digest)


def digest_of(path: Path) -> str:
    """sha256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
