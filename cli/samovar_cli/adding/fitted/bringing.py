"""`samovar models add` of a file that scikit-learn's estimator lies in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from samovar import errors
from samovar.errors import CommandFailed, ModelFault

from samovar_cli.adding import child
from samovar_cli.adding.fitted.opening import SUFFIXES, check_trust
from samovar_cli.terminal import progress

_LONGEST_S = 900


@dataclass(frozen=True, slots=True)
class Fitting:
    """What a person says about an estimator."""

    sample: Path | None = None
    trust_pickle: bool = False
    differing: float = 0.0  # the largest share of rows that may be answered otherwise


@dataclass(frozen=True, slots=True)
class Brought:
    """A graph made of an estimator, and what was found on the way."""

    graph: Path
    found: Mapping[str, Any] = field(default_factory=dict)
    sample: str = ""  # the file's name; "" where rows were made up

    @property
    def columns(self) -> tuple[str, ...]:
        """In the graph's order; none of an estimator of texts."""
        return () if self.found["is_text"] else tuple(self.found["columns"])

    def renamed(self, labels: Sequence[str]) -> "Brought":
        """The same with other names for its classes, where they are as many."""
        own = self.found["labels"]
        if len(labels) != len(own):
            return self  # which is refused where the names are looked at
        names = dict(zip(own, labels, strict=True))
        answers = [
            {**answer, "label": names[answer["label"]]} if "label" in answer else answer
            for answer in self.found["answers"]
        ]
        return replace(self, found={**self.found, "labels": list(labels), "answers": answers})

    def without(self, left: set[int]) -> "Brought":
        """The same without some of the rows that were kept."""
        kept = {
            key: [one for number, one in enumerate(self.found[key]) if number not in left]
            for key in ("rows", "answers")
        }
        return replace(self, found={**self.found, **kept})

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person has to look at."""
        none = (
            "the estimator has no probabilities: scores are its decision function's, through "
            "softmax"
        )
        lacks = bool(self.found["labels"]) and not self.found["has_scores"]
        return (*self.found["notes"], *((none,) if lacks else ()))

    @property
    def comments(self) -> tuple[str, ...]:
        """For the top of the manifest."""
        return (
            f"Converted from a {self.found['estimator']} ({self.found['versions']}),",
            f"{self.found['way']}.",
            *wrap(f"{self.parity[:1].upper()}{self.parity[1:]}.", 96),
        )

    @property
    def parity(self) -> str:
        """A sentence without its stop: how many rows are answered alike."""
        found = self.found["parity"]
        alike = found["rows"] - found["differing"]
        of = f"rows of {self.sample}" if self.sample else "made-up rows"
        said = f"{alike:,} of {found['rows']:,} {of} are answered as scikit-learn answers them"
        near = f"differences of at most {found['largest']:.2g}" if found["largest"] else ""
        tied = f"{found['ties']} ties" if found["ties"] else ""
        classes = f"{found['answers']} of {len(self.found['labels'])} classes among them"
        parts = [said, near, tied, classes if self.found["labels"] else ""]
        return ", ".join(part for part in parts if part)


def is_fitted(path: Path) -> bool:
    """Whether a file's name says that it holds an estimator."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def bring(path: Path, fitting: Fitting, columns: tuple[str, ...], folder: Path) -> Brought:
    """The graph, in `folder`, with its labels beside it. Raises SamovarError."""
    check_trust(path, trust_pickle=fitting.trust_pickle)
    graph = folder / f"{path.stem}.onnx"
    options = {
        "path": str(path),
        "out": str(graph),
        "sample": str(fitting.sample or ""),
        "columns": list(columns),
        "trust_pickle": fitting.trust_pickle,
    }
    with progress() as bars:
        bars.add_task(f"{path.name}: converted, and asked row by row", total=None)
        found = child.run(child.Task("convert", str(path), options=options), _LONGEST_S)
    if found["said"]:
        raise getattr(errors, found["kind"], CommandFailed)(found["said"])
    brought = Brought(graph, found, fitting.sample.name if fitting.sample else "")
    _check_parity(brought, fitting.differing)
    if found["labels"]:
        (folder / "config.json").write_text(json.dumps({"id2label": found["labels"]}), "utf-8")
    return brought


def _check_parity(brought: Brought, allowed: float) -> None:
    """Raises ModelFault where too many rows are answered otherwise."""
    parity = brought.found["parity"]
    if parity["differing"] <= allowed * parity["rows"]:
        return
    shown = "; ".join(_said(one) for one in parity["shown"][:3])
    raise ModelFault(
        f"{parity['differing']} of {parity['rows']} rows are answered otherwise than scikit-learn "
        f"answers them, in each way of converting: {shown}. Where that is near enough, say "
        f"--differing {parity['differing'] / parity['rows']:.3g}"
    )


def _said(one: Mapping[str, Any]) -> str:
    where = f"line {one['line']}" if one["line"] else f"row {one['row']}"
    expected, found = (", ".join(map(str, one[key])) for key in ("expected", "found"))
    return f"{where} gives {found} for {expected}"
