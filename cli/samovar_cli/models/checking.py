"""`samovar models check`: every golden example through the real pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from samovar.errors import ModelFault, SamovarError
from samovar.golden import Comparison
from samovar.golden_run import Finding, check

from samovar_cli.failures import EXIT_STATUS
from samovar_cli.folder import Folder
from samovar_cli.models.form_check import FormsChecked, check_forms
from samovar_cli.terminal import clean, console, one_line, progress, write_json


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one model; `fault` says why it could not be opened at all."""

    name: str
    version: str = ""
    files: int = 0
    findings: tuple[Finding, ...] = ()
    forms: FormsChecked = field(default_factory=FormsChecked)
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether it was opened, every example holds, and every compiled form gives the same."""
        right = all(finding.passed for finding in self.findings) and not self.forms.faults
        return not self.fault and right


def check_models(names: Sequence[str], models: Path, *, as_json: bool) -> int:
    """Check the models and show what came of it; the exit status. Raises ModelNotFound.

    Without names, heavy models that are not built are passed over.
    """
    folder = Folder(models)
    for name in names:
        folder.check_name(name)
    chosen = tuple(dict.fromkeys(names)) or _there(folder)
    checked = _check_all(folder, chosen)
    if as_json:
        write_json(orjson.dumps([_document(model) for model in checked]))
    else:
        _show(checked)
    return 0 if all(model.passed for model in checked) else EXIT_STATUS[ModelFault]


def _there(folder: Folder) -> tuple[str, ...]:
    """The models of a folder, but for heavy ones that nobody built."""
    names = folder.names()
    return tuple(name for name in names if not folder.is_heavy(name) or folder.versions(name))


def _check_all(folder: Folder, names: Sequence[str]) -> list[Checked]:
    found = []
    with progress() as bars:
        task = bars.add_task("", total=len(names))
        for name in names:
            bars.update(task, description=name)
            found.append(_check_one(folder, name, bars))
            bars.advance(task)
    return found


def _check_one(folder: Folder, name: str, bars: Progress) -> Checked:
    try:
        if not folder.versions(name):
            return Checked(name, fault=f"not built: run `{folder.build_command(name)}`")
        model = folder.load(name)
        task = bars.add_task("  examples", total=len(model.spec.examples) or None)
        findings = check(model, lambda _example: bars.advance(task))
        bars.remove_task(task)
        forms = check_forms(folder.path, name, model.version)
    except SamovarError as error:
        return Checked(name, fault=f"{error.message} ({error.code})")
    listed = [file for file in model.spec.files if file.startswith(f"{model.version}/")]
    return Checked(name, model.version, len(listed), findings, forms)


def _show(checked: Sequence[Checked]) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "example", "result", "differs by", "allowed", "in a batch"):
        table.add_column(column, justify="left" if column in ("model", "example") else "right")
    for model in checked:
        for row in _rows(model):
            table.add_row(*row)
    out.print(table)
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


def _result(*, passed: bool) -> Text:
    return Text("ok", "green") if passed else Text("FAILED", "bold red")


def _distance(comparison: Comparison | None) -> str:
    if comparison is None:
        return "alone"
    return f"{comparison.largest:.2g}"


def _faults(model: Checked) -> list[str]:
    if model.fault:
        return [f"{model.name}: {model.fault}"]
    lines = [f"{model.name}, compiled, {fault}" for fault in model.forms.faults]
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
    forms = sum(model.forms.forms for model in checked)
    verified = f"; {files} files have the sha256 listed" if files else ""
    compiled = f"; {forms} compiled forms were opened" if forms else ""
    return (
        f"\n{good} of {len(checked)} models are right: "
        f"{held} of {len(findings)} examples hold{verified}{compiled}"
    )


def _document(model: Checked) -> dict[str, Any]:
    return {
        "model": model.name,
        "version": model.version,
        "passed": model.passed,
        "fault": model.fault,
        "files_verified": model.files,
        "compiled_forms": {"opened": model.forms.forms, "faults": model.forms.faults},
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
