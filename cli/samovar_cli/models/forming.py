"""A graph's forms: saved every way, compared with the .onnx, tried, and the best of them kept."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from samovar.adapters.compiler import SAVES, Saved, is_bound, save_graph
from samovar.adapters.machine import this_machine
from samovar.adapters.onnx import OnnxRunner
from samovar.compiled import Form
from samovar.errors import ModelFault
from samovar.types import Array

from samovar_cli.models.apart import apart
from samovar_cli.models.candidates import ALL, PLAIN, QUICK, Effort, Tried, order_forms
from samovar_cli.models.recorder import Feed
from samovar_cli.models.trials import Entrant, Times, try_forms

_THREADS = 1  # of a function of one vCPU
Answers = Sequence[Mapping[str, Array]]


def compile_graph(
    source: Path, scratch: Path, feeds: Sequence[Feed], effort: Effort
) -> tuple[tuple[Form, ...], Mapping[str, Times]]:
    """The forms of a graph that are worth keeping, best first, and what all that are right took.

    Others leave no file behind. Raises CommandFailed.
    """
    wanted = QUICK if effort.quick else ALL
    saves = {save.name: save for save in SAVES if save.name in dict(wanted)}
    saved = {name: apart(save_graph, source, scratch, save) for name, save in saves.items()}
    bound = is_bound(scratch, saved["mapped"])
    entrants = [Entrant(PLAIN, source, PLAIN)]
    entrants += [
        Entrant(f"{name}/{kind}", scratch / saved[name].file, kind)
        for name, kind in wanted
        if bound or name != "portable"  # else what was saved for this CPU is as good for any
    ]
    with _linked(scratch):
        far = apart(differences, entrants, feeds)
    right = _likely([one for one in entrants if far[one.name] <= effort.tolerance], effort)
    times = try_forms(right, feeds, rounds=effort.rounds, threads=_THREADS, warm=not effort.quick)
    tried = [_tried(one, times, bound=bound) for one in right[1:]]
    best = order_forms(times[PLAIN], tried, effort.traffic)
    forms = tuple(_form(one, saved, far[one.name]) for one in best)
    _keep(scratch, saved.values(), forms)
    return forms, times


def _likely(right: list[Entrant], effort: Effort) -> list[Entrant]:
    """In a hurry, an .ort is tried only where nothing else is left: it has hardly ever won."""
    others = [one for one in right if one.kind != "ort"]
    return others if effort.quick and len(others) > 1 else right


@contextlib.contextmanager
def _linked(scratch: Path) -> Iterator[None]:
    """Every file with a second name: onnxruntime refuses weights of subgraphs in such a file.

    A form that opens only until somebody copies the folder by links is none to keep.
    """
    links = scratch / "links"
    links.mkdir()
    with contextlib.suppress(OSError):
        for file in scratch.iterdir():
            if file.is_file():
                (links / file.name).hardlink_to(file)
    yield
    for link in links.iterdir():
        link.unlink()
    links.rmdir()


def differences(entrants: Sequence[Entrant], feeds: Sequence[Feed]) -> dict[str, float]:
    """How far each is from the first one at most, by name: 0.0, the same bits; inf, not at all."""
    plain = _answers(entrants[0], feeds)
    return {one.name: _distance(plain, _answers(one, feeds)) for one in entrants}


def _answers(entrant: Entrant, feeds: Sequence[Feed]) -> Answers:
    try:
        runner = OnnxRunner(entrant.path, threads=_THREADS, kind=entrant.kind)
        return [runner.run(feed, ()) for feed in feeds]
    except ModelFault:
        return []


def _distance(plain: Answers, other: Answers) -> float:
    if len(plain) != len(other):
        return float("inf")
    return max(
        _apart(array, found[name])
        for answer, found in zip(plain, other, strict=True)
        for name, array in answer.items()
    )


def _apart(one: Array, other: Array) -> float:
    if (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()):
        return 0.0
    if one.dtype.kind != "f" or (one.dtype, one.shape) != (other.dtype, other.shape):
        return float("inf")
    found = float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max())
    return found if found == found else float("inf")  # noqa: PLR0124 - NaN is not itself


def _tried(entrant: Entrant, times: Mapping[str, Times], *, bound: bool) -> Tried:
    how = entrant.name.partition("/")[0]
    fits_this_cpu_only = bound and how != "portable"
    return Tried(entrant.name, times[entrant.name], fits_this_cpu_only)


def _form(tried: Tried, saved: Mapping[str, Saved], difference: float) -> Form:
    how, _, kind = tried.name.partition("/")
    features = this_machine().features if tried.bound else None
    return Form(kind, saved[how].file, saved[how].files, features, difference)


def _keep(scratch: Path, saved: Iterable[Saved], forms: Sequence[Form]) -> None:
    kept = {file for form in forms for file in form.files}
    for file in (file for one in saved for file in one.files):
        if file not in kept:
            (scratch / file).unlink(missing_ok=True)
