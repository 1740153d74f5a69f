"""model.lock: what a build wrote and measured, as TOML."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEADER = "# Written by `make models`: do not edit, do not commit.\n"


def file_digests(folder: Path) -> dict[str, str]:
    """`version/file` → sha256 in hex, of every file under the folder, in order of name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def read_lock(path: Path) -> dict[str, Any]:
    """A lock file's tables."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def write_lock(path: Path, lock: Mapping[str, Any]) -> None:
    """Write a lock file; the tables must hold TOML's values, numpy's scalars excepted."""
    path.write_text(HEADER + "".join(_tables("", lock)), encoding="utf-8")


def _tables(name: str, table: Mapping[str, Any]) -> list[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {_value(table[key])}\n" for key in table if key not in inner]
    text = [f"\n[{name}]\n", *lines] if name and (lines or not inner) else lines
    for key, value in inner.items():
        text += _tables(f"{name}.{_key(key)}" if name else _key(key), value)
    return text


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(value[key])}" for key in value) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value.item() if hasattr(value, "item") else value, ensure_ascii=False)


def _key(key: str) -> str:
    bare = key.replace("_", "").replace("-", "")
    return key if bare.isascii() and bare.isalnum() else json.dumps(key, ensure_ascii=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
