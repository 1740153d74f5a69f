"""What is asked of `models optimise`, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.optimising.answering import Place
from samovar_cli.optimising.costs import Cost, Effort
from samovar_cli.optimising.evaluation import Rows
from samovar_cli.optimising.examples import Kept
from samovar_cli.optimising.gate import Gate, Result
from samovar_cli.optimising.workshop import Bench


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    name: str
    models: Path
    evaluate: Path | None = None
    truths: tuple[str, ...] = ()
    samples: Path | None = None
    train: Path | None = None
    distil: str = ""
    variants: tuple[str, ...] = ()
    most_rows: int = 2000
    gate: Gate = field(default_factory=Gate)
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it all. `best` is the variant to adopt, "" where none is worth it."""

    name: str
    version: str
    rows: Rows
    calibrated_on: int
    original: Cost
    results: tuple[Result, ...]
    gate: Gate
    effort: Effort
    best: str = ""
    has_evaluation: bool = True
    on_gpu: bool = False

    def result(self, name: str) -> Result:
        """What came of a variant. Raises CommandFailed where there is none of that name."""
        found = next((one for one in self.results if one.name == name), None)
        if found is None:
            known = ", ".join(one.name for one in self.results)
            raise CommandFailed(f"there is no variant {name[:40]!r} to adopt; there are {known}")
        return found


@dataclass(frozen=True, slots=True)
class Done:
    """The report, and the folders of the variants as long as they are there."""

    report: Report
    bench: Bench
    places: Mapping[str, Place]
    examples: Mapping[str, Sequence[Kept]]  # of those that were held to the gate
