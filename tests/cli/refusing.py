"""`samovar models add` where it refuses."""

from pathlib import Path

from tests.cli.conftest import Run


def refused(samovar: Run, models: Path, *words: object) -> str:
    """Why `add` refuses; it leaves no folder, hidden or not."""
    before = sorted(models.rglob("*")) if models.exists() else None
    shown = samovar("models", "add", *words, "--models", models)
    assert shown.exit_code in (1, 5), shown.stdout + shown.stderr
    assert "Traceback" not in shown.stderr
    assert (sorted(models.rglob("*")) if models.exists() else None) == before
    return str(shown.stderr)


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
