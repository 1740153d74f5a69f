"""What a check of models found, as a person reads it and as a document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text
from samovar.golden import Comparison
from samovar.golden_run import Finding

from samovar_cli.models.ways import Way
from samovar_cli.terminal import clean, console, one_line


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one model; `fault` says why it could not be opened at all."""

    name: str
    version: str = ""
    files: int = 0
    findings: tuple[Finding, ...] = ()
    ways: tuple[Way, ...] = ()
    fault: str = ""
    strict: bool = False  # older versions have to hold as well

    @property
    def passed(self) -> bool:
        """Whether it was opened, every example holds, and every way to open it does the same."""
        right = all(finding.passed for finding in self.findings)
        return not self.fault and right and not any(map(self.is_wrong, self.ways))

    def is_wrong(self, way: Way) -> bool:
        """Whether what a way answers is a fault: an older version may answer otherwise."""
        may_differ = way.is_older and not self.strict and way.examples > 0
        return bool(way.faults) and not may_differ


def show(checked: Sequence[Checked]) -> None:
    """Tables, what is wrong, and a line that says how much was right."""
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "example", "result", "differs by", "allowed", "in a batch"):
        table.add_column(column, justify="left" if column in ("model", "example") else "right")
    for model in checked:
        for row in _rows(model):
            table.add_row(*row)
    out.print(table)
    if any(model.ways for model in checked):
        out.print()
        out.print(_ways_table(checked))
    for line in (line for model in checked for line in _faults(model)):
        out.print(Text(clean(line), "red"), soft_wrap=True)
    out.print(Text(_total(checked), "green" if all(m.passed for m in checked) else "bold red"))


def _rows(model: Checked) -> list[tuple[Text, ...]]:
    name = Text(model.name, "bold")
    if model.fault:
        return [(name, Text("cannot be opened", "red"), _result(passed=False))]
    rows: list[tuple[Text, ...]] = [
        (
            name if at == 0 else Text(""),
            Text(one_line(finding.example.name)),
            _result(passed=finding.passed),
            Text(_distance(finding.alone)),
            Text(f"{finding.example.tolerance:g}"),
            Text(_distance(finding.together)),
        )
        for at, finding in enumerate(model.findings)
    ]
    return rows or [(name, Text("has no examples", "dim"), _result(passed=True))]


def _ways_table(checked: Sequence[Checked]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "version", "on", "opened as", "examples", "differs by", "result"):
        table.add_column(column, justify="left" if column in _WORDS else "right")
    for model in checked:
        name = Text(one_line(model.name), "bold")
        for way in model.ways:
            table.add_row(name, *_way_cells(model, way))
            name = Text("")
    return table


_WORDS = ("model", "version", "on", "opened as", "result")


def _way_cells(model: Checked, way: Way) -> Iterator[Text]:
    yield from map(Text, (way.version, way.provider, way.form))
    if way.missing:
        yield from (Text(""), Text(""), Text("is not here", "dim"))
        return
    yield Text(f"{way.held} of {way.examples}" if way.examples else "")
    yield Text(f"{way.largest:.2g}" if way.examples else "")
    if way.faults and not model.is_wrong(way):
        yield Text("older, differs", "yellow")
    else:
        yield _result(passed=not way.faults)


def _result(*, passed: bool) -> Text:
    return Text("ok", "green") if passed else Text("FAILED", "bold red")


def _distance(comparison: Comparison | None) -> str:
    if comparison is None:
        return "alone"
    return f"{comparison.largest:.2g}"


def _faults(model: Checked) -> list[str]:
    if model.fault:
        return [f"{model.name}: {model.fault}"]
    wrong = [way for way in model.ways if model.is_wrong(way)]
    lines = [f"{model.name}, {way.name}{fault}" for way in wrong for fault in way.faults]
    for finding in model.findings:
        where = f"{model.name}, {finding.example.name}"
        lines += [f"{where}: {fault}" for fault in finding.alone.faults]
        together = finding.together.faults if finding.together else ()
        lines += [f"{where}, in a batch: {fault}" for fault in together]
    return lines


def _total(checked: Sequence[Checked]) -> str:
    findings = [finding for model in checked for finding in model.findings]
    held = sum(finding.passed for finding in findings)
    files = sum(model.files for model in checked)
    good = sum(model.passed for model in checked)
    ways = [way for model in checked for way in model.ways if not way.missing]
    forms = sum(way.graphs for way in ways)
    verified = f"; {files} files have the sha256 listed" if files else ""
    compiled = f"; {forms} compiled forms were opened" if forms else ""
    others = sum(not way.graphs for way in ways)
    opened = f"; other ways to open them: {others}" if others else ""
    return (
        f"\n{good} of {len(checked)} models are right: "
        f"{held} of {len(findings)} examples hold{verified}{compiled}{opened}"
    )


def document(model: Checked) -> dict[str, Any]:
    """For programs."""
    return {
        "model": model.name,
        "version": model.version,
        "passed": model.passed,
        "fault": model.fault,
        "files_verified": model.files,
        "compiled_forms": {
            "opened": sum(way.graphs for way in model.ways),
            "faults": [fault for way in model.ways if way.graphs for fault in way.faults],
        },
        "ways": [{**asdict(way), "passed": not model.is_wrong(way)} for way in model.ways],
        "examples": [
            {
                "name": finding.example.name,
                "passed": finding.passed,
                "tolerance": finding.example.tolerance,
                "largest_difference": finding.alone.largest,
                "faults": finding.alone.faults,
                "in_a_batch": finding.together
                and {
                    "largest_difference": finding.together.largest,
                    "faults": finding.together.faults,
                },
            }
            for finding in model.findings
        ],
    }
