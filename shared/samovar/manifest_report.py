"""Faults of a manifest's files, each with its file and line."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from samovar.steps.params import build_dataclass
from samovar.toml_lines import Path, line_numbers, nearest
from samovar.types import Fault
from samovar.values import dataclass, field


@dataclass(slots=True)
class Report:
    """One file's table, and what is wrong in it; empty where it is no TOML at all."""

    file: str
    table: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[Path, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, path: Path, message: str) -> None:
        """A fault at a key."""
        self.faults.append(f"{self.file}:{nearest(self.lines, path)}: {message}")

    def add_all(self, path: Path, faults: list[Fault]) -> None:
        """Faults of the table at a path."""
        for fault in faults:
            self.add((*path, fault.key) if fault.key else path, fault.message)

    def entries(self, key: str) -> list[dict[str, Any]]:
        """The tables of `[[key]]`."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.add((key,), f"write {key} as tables: [[{key}]]")
            return []
        return value

    def section(self, key: str) -> dict[str, Any]:
        """The table of `[key]`."""
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            self.add((key,), f"[{key}] must be a table")
            return {}
        return value

    def build(self, path: Path, params: Mapping[str, Any], cls: type[Any]) -> Any:
        """The dataclass of a table; one of defaults where the table is at fault."""
        built = build_dataclass(cls, params)
        if isinstance(built, list):
            self.add_all(path, built)
            return cls()
        return built


def read_toml(file: str, content: str | bytes) -> Report:
    """The table in a file, or the fault of a file that is no TOML in UTF-8."""
    try:
        text = str(content, "utf-8") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Report(file, faults=[f"{file}:{line}: not UTF-8, as TOML must be"])
    text = text.removeprefix("\ufeff")
    try:
        return Report(file, tomllib.loads(text), line_numbers(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        return Report(file, faults=[f"{file}:{line}: not TOML: {error}"])
