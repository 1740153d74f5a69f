"""A variant held to the original: its answers, the golden examples, and what overflows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from samovar.adapters.directory import DirectoryStore
from samovar.types import ModelSpec

from samovar_cli.models.apart import apart
from samovar_cli.optimising.answering import Answers, Place, answer_all
from samovar_cli.optimising.asking import check_rows, covered_by, labels_of
from samovar_cli.optimising.comparing import quality_of
from samovar_cli.optimising.evaluation import Rows
from samovar_cli.optimising.examples import Kept, first_fault, keep_examples
from samovar_cli.optimising.gate import Gate, Result, refusals
from samovar_cli.optimising.graphs import Piece
from samovar_cli.optimising.saturation import Saturation, saturation
from samovar_cli.optimising.workshop import Bench


@dataclass(frozen=True, slots=True)
class Standard:
    """The original, its answers, and the gate: what variants are held to."""

    rows: Rows
    answers: Answers
    examples: Sequence[Kept]
    covered: frozenset[str]  # outputs that the task's own answer is made of
    gate: Gate
    threads: int


def standard(place: Place, spec: ModelSpec, rows: Rows, gate: Gate, threads: int) -> Standard:
    """What the original answers. Raises InvalidInput for rows that do not fit it, ModelFault."""
    answers = apart(answer_all, place, rows.payloads, threads)
    read = DirectoryStore(Path(place.root)).fetch(place.name, place.version).read
    check_rows(rows, answers, labels_of(spec, read))
    covered = covered_by(spec, tuple(answers.heads))
    examples = apart(keep_examples, place, threads)
    return Standard(rows, answers, examples, covered, gate, threads)


def hold(to: Standard, bench: Bench, place: Place, result: Result) -> tuple[Result, Sequence[Kept]]:
    """The result with what was found, and the variant's golden examples. Raises SamovarError."""
    answers = apart(answer_all, place, to.rows.payloads, to.threads)
    quality = quality_of(to.rows, to.answers, answers, to.covered)
    kept: Sequence[Kept] = () if quality.failed else apart(keep_examples, place, to.threads)
    fault = first_fault(to.examples, kept) if kept else ""
    found = sum((_overflow(bench, place, graph) for graph in bench.graphs), Saturation())
    held = replace(result, quality=quality, saturation=found, examples=fault)
    return replace(held, refused=refusals(to.gate, held)), kept


def _overflow(bench: Bench, place: Place, graph: str) -> Saturation:
    path = place.root / place.name / place.version / graph
    return apart(saturation, Piece(path, bench.samples.get(graph, ()), place.root))
