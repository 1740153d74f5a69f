"""The manifest and the lock of a variant: the original's words, with files of its own. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from samovar.toml_lines import line_numbers
from samovar.types import Signature

from samovar_cli.adding.manifest_text import lock
from samovar_cli.adding.toml_text import comment, line

RECORDED = ("files", "signature", "metrics", "build", "profile")
"""Tables of what was measured of the original: a variant has its own."""
_WRITTEN_BY = (
    "# written by `samovar models optimise`: what lies in the versions, and what was measured"
)


def without_records(text: str) -> str:
    """A manifest's text without those tables; everything else stays as it is."""
    kept = (part for name, part in _sections(text) if name not in RECORDED)
    return "".join(kept).rstrip("\n") + "\n" if text.strip() else ""


def record_of(text: str) -> str:
    """Of a manifest's text, only those tables: what is written down besides the files."""
    return "".join(part for name, part in _sections(text) if name in RECORDED)


def with_notes(text: str, notes: Sequence[str]) -> str:
    """The manifest under comments that say where it came from."""
    return "".join(f"{comment(note)}\n" for note in notes) + text


def with_tolerances(text: str, tolerances: Mapping[int, float]) -> str:
    """The manifest with other tolerances of some of its examples, by their number from 0."""
    numbers = line_numbers(text)
    lines = text.split("\n")
    for index, tolerance in sorted(tolerances.items(), reverse=True):
        said = f"tolerance = {tolerance:g}  # as far as this variant is from the original"
        at = numbers.get(("examples", index, "tolerance"))
        if at is not None:
            lines[at - 1] = said
        else:
            lines.insert(numbers["examples", index], said)
    return "\n".join(lines)


def new_lock(
    files: Mapping[str, str], signatures: Mapping[str, Signature], metrics: Mapping[str, Any]
) -> str:
    """model.lock of a variant."""
    first, _, rest = lock(files, signatures, 0.0).partition("\n")
    del first
    measured = [line(name, value) for name, value in metrics.items()]
    return "\n".join([_WRITTEN_BY, rest.rstrip("\n"), "", "[metrics]", *measured]) + "\n"


def with_version(text: str, version: str, files: Mapping[str, str], signature: Signature) -> str:
    """A lock with one version more: everything that was there stays as it is."""
    added = lock(files, {version: signature}, 0.0).partition("\n")[2]
    head, _, rest = added.partition("[files]\n")[2].partition("\n\n")
    lines = text.splitlines()
    headers = [line.partition("#")[0].replace(" ", "").strip() for line in lines]
    if "[files]" not in headers:
        return f"{text.rstrip()}\n\n[files]\n{head}\n\n{rest}".lstrip()
    at = headers.index("[files]") + 1
    listed = "\n".join([*lines[:at], head, *lines[at:]])
    return f"{listed.rstrip()}\n\n{rest}"


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """The first name of each table's header ("" for what stands above all), with its text."""
    lines = text.splitlines(keepends=True)
    starts = {
        number - 1: str(path[0])
        for path, number in line_numbers(text).items()
        if number <= len(lines) and lines[number - 1].lstrip().startswith("[")
    }
    marks = [(0, ""), *sorted(starts.items())] if 0 not in starts else sorted(starts.items())
    ends = [start for start, _ in marks[1:]] + [len(lines)]
    for (start, name), end in zip(marks, ends, strict=True):
        yield name, "".join(lines[start:end])
