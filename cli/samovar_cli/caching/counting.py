"""What kept answers have saved, as a process tells it in the protocol's statistics."""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from samovar.errors import CommandFailed

from samovar_cli.server import find_server
from samovar_cli.terminal import clean, write_json


@dataclass(frozen=True, slots=True)
class Saved:
    """Requests to one version of a model: those answered by what was kept, and those run."""

    model: str
    version: str
    hits: int
    misses: int


def counts_at(url: str, state_dir: Path) -> list[Saved]:
    """The counts of the process that answers. Raises CommandFailed."""
    said = find_server(url, state_dir).send("GET", "/v2/models/stats").document()
    try:
        entries = [(entry, entry["inference_stats"]) for entry in said["model_stats"]]
        return [
            Saved(
                entry["name"],
                entry["version"],
                stats["cache_hit"]["count"],
                stats["cache_miss"]["count"],
            )
            for entry, stats in entries
        ]
    except (KeyError, TypeError):
        raise CommandFailed("the server's answer is not that of a samovar") from None


def show(counts: list[Saved], *, as_json: bool) -> None:
    """Print those of models that keep answers."""
    kept = [one for one in counts if one.hits or one.misses]
    if as_json:
        write_json(orjson.dumps([asdict(one) for one in kept]))
        return
    if not kept:
        print(
            "Nothing was answered by a model that keeps its answers, by the process that says so."
        )
        return
    print(f"{'kept':>8}  {'run':>8}  {'share':>5}  model")
    for one in kept:
        share = one.hits / (one.hits + one.misses)
        print(f"{one.hits:>8}  {one.misses:>8}  {share:>5.0%}  {clean(one.model)} {one.version}")
    print("Counted by one process: a deployment has many, and their sum in its metrics.")
