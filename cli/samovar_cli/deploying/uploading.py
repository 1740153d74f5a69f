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
class Upload:
    """A file that has to be in the bucket, and whether it is not there yet."""

    path: Path
    key: str
    bytes: int
    digest: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of models in an account."""

    account: Account
    name: str

    def uploads(self, models: Path, placed: Sequence[Placed]) -> tuple[Upload, ...]:
        """Every file of the models that are uploaded. Raises CommandFailed for a wrong one."""
        folder = Folder(models)
        with aws(f"looking into {self.name}"):
            client = self.account.client("s3")
            return tuple(
                upload
                for model in placed
                if model.uploaded
                for upload in self._of_model(client, models / model.name, folder.spec(model.name))
            )

    def send(self, uploads: Sequence[Upload], done: Done) -> None:
        """Put what is needed. Raises CommandFailed; what was put before stays put."""
        with aws(f"uploading to {self.name}"):
            client = self.account.client("s3")
            for upload in uploads:
                if not upload.needed:
                    done(upload.bytes)
                    continue
                extra = {"Metadata": {_DIGEST: upload.digest}}
                client.upload_file(
                    str(upload.path), self.name, upload.key, ExtraArgs=extra, Callback=done
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

    def _of_model(self, client: Any, folder: Path, spec: ModelSpec) -> Iterator[Upload]:
        there = self._there(client, f"{PREFIX}{spec.name}/")
        for path in files_of(folder):
            name = path.relative_to(folder).as_posix()
            key, digest, count = f"{PREFIX}{spec.name}/{name}", digest_of(path), path.stat().st_size
            if name in spec.files and spec.files[name] != digest:
                raise CommandFailed(
                    f"{path} is not the file that {spec.name}'s {LOCK} lists: build or add the "
                    "model again"
                )
            same = there.get(key) == count and self._digest(client, key) == digest
            yield Upload(path, key, count, digest, needed=not same)

    def _there(self, client: Any, prefix: str) -> dict[str, int]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}

    def _digest(self, client: Any, key: str) -> str:
        found = client.head_object(Bucket=self.name, Key=key).get("Metadata", {})
        return str(found.get(_DIGEST, ""))


def digest_of(path: Path) -> str:
    """sha256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
