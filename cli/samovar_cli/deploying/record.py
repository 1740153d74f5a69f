"""What was deployed from here, kept for the next command: names that are not shown."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from samovar_cli.deploying.project import Project


@dataclass(frozen=True, slots=True)
class Record:
    """A deployment: its outputs and its buckets, which outlive it."""

    stack: str
    region: str
    account: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    buckets: tuple[str, ...] = ()


def record_path(project: Project, region: str) -> Path:
    """Where it is kept; git does not see it."""
    return project.root / ".samovar" / "deployed" / f"{project.stack}.{region}.json"


def write_record(path: Path, record: Record) -> None:
    """Keep it, for this user's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(record), indent=2) + "\n", "utf-8")


def read_record(path: Path) -> Record | None:
    """What was kept; None where there is nothing that can be read."""
    try:
        said = json.loads(path.read_text("utf-8"))
        buckets = tuple(map(str, said["buckets"]))
        return Record(said["stack"], said["region"], said["account"], said["outputs"], buckets)
    except (OSError, ValueError, KeyError, TypeError):
        return None
