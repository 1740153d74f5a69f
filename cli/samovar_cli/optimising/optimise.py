"""Variants of a model made, measured, and held to the gate: the whole way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from samovar.errors import CommandFailed, SamovarError
from samovar.types import ModelSpec, Payload

from samovar_cli.folder import Folder
from samovar_cli.models.apart import apart
from samovar_cli.optimising.answering import Place, is_gpu_here
from samovar_cli.optimising.costs import Cost, measure_all
from samovar_cli.optimising.distilling import distilled
from samovar_cli.optimising.evaluation import Asked, Rows, read_rows
from samovar_cli.optimising.examples import Kept
from samovar_cli.optimising.gate import Result, best
from samovar_cli.optimising.graphs import Unfit, quantiser
from samovar_cli.optimising.holding import Standard, hold, standard
from samovar_cli.optimising.order import Done, Report, Wanted
from samovar_cli.optimising.recording import MOST, record
from samovar_cli.optimising.variants import DISTILLED, ORIGINAL, Variant, chosen
from samovar_cli.optimising.workshop import Bench, bench, make
from samovar_cli.terminal import progress

_EVERY, _LEAST_TO_SPLIT = 5, 50  # of the rows, a fifth calibrates where there are enough
_MOST_TRAINING = 4000
_TIMED = 8  # rows whose latency is measured

Step = Callable[[str], None]


@dataclass(slots=True)
class _Made:
    """The variants so far."""

    places: dict[str, Place] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    examples: dict[str, Sequence[Kept]] = field(default_factory=dict)


@contextmanager
def optimised(wanted: Wanted) -> Iterator[Done]:
    """All variants, measured. Raises NotFound, ModelFault, InvalidInput for rows, CommandFailed."""
    quantiser()  # whoever lacks it is told at once
    place, spec = _original(Folder(wanted.models), wanted.name)
    rows, samples = _rows(wanted, spec)
    learned = _training(wanted, spec)
    variants = _variants(wanted, samples)
    to = standard(place, spec, rows, wanted.gate, wanted.effort.threads)
    with bench(place, spec) as empty, progress() as bars:
        total = len(variants) + wanted.effort.rounds
        task = bars.add_task(wanted.name, total=total)

        def step(what: str) -> None:
            bars.update(task, description=what, advance=1)

        ready = _with_feeds(empty, samples or rows.payloads, learned)
        made = _make_all(ready, variants, to, step)
        named = {ORIGINAL: place, **made.places}
        costs = measure_all(named, _timed(rows), wanted.effort, _each(step, len(named)))
        results = tuple(_with_cost(one, costs) for one in made.results)
        report = _report(wanted, place, rows, costs[ORIGINAL], results)
        report = replace(report, calibrated_on=len(samples))
        yield Done(report, ready, made.places, made.examples)


def _report(
    wanted: Wanted, place: Place, rows: Rows, original: Cost, results: tuple[Result, ...]
) -> Report:
    on_gpu = is_gpu_here()
    found = best(results, original, on_gpu=on_gpu)
    return Report(
        wanted.name, place.version, rows, 0, original, results, wanted.gate, wanted.effort,
        found.name if found else "", wanted.evaluate is not None, on_gpu,
    )  # fmt: skip


def _original(folder: Folder, name: str) -> tuple[Place, ModelSpec]:
    folder.check_name(name)
    versions = folder.versions(name)
    if not versions:
        raise CommandFailed(f"{name} is not built: run `{folder.build_command(name)}`")
    return Place(folder.path, name, versions[-1]), folder.spec(name)


def _rows(wanted: Wanted, spec: ModelSpec) -> tuple[Rows, tuple[Payload, ...]]:
    """What variants are held to, and what they are calibrated on: no row is in both."""
    if wanted.evaluate is None:
        rows = Rows("model.toml", [Asked(0, example.payload) for example in spec.examples])
        if not rows.asked:
            raise CommandFailed(
                f"'{spec.name}' has no golden examples: name requests with --evaluate FILE"
            )
    else:
        rows = read_rows(wanted.evaluate, spec, wanted.truths).some(wanted.most_rows)
    if wanted.samples is not None:
        return rows, read_rows(wanted.samples, spec).payloads[:MOST]
    if wanted.evaluate is None or len(rows.asked) < _LEAST_TO_SPLIT:
        return rows, ()
    samples, rows = rows.split(_EVERY, MOST)
    return rows, samples.payloads


def _variants(wanted: Wanted, samples: Sequence[Payload]) -> tuple[Variant, ...]:
    training = wanted.train is not None
    if not wanted.distil:
        return chosen(wanted.variants, samples=bool(samples), training=training)
    own = distilled(wanted.distil, wanted.train)
    if wanted.variants == (DISTILLED,):
        return (own,)
    names = tuple(name for name in wanted.variants if name != DISTILLED)
    return (*chosen(names, samples=bool(samples), training=training), own)


def _training(wanted: Wanted, spec: ModelSpec) -> tuple[Payload, ...]:
    """The requests to learn from; none where none were named."""
    if wanted.train is None:
        return ()
    return read_rows(wanted.train, spec, wanted.truths).some(_MOST_TRAINING).payloads


def _with_feeds(empty: Bench, samples: Sequence[Payload], learned: Sequence[Payload]) -> Bench:
    """The bench with what requests put into the graphs."""
    sampled = apart(record, empty.original, samples)
    training = apart(record, empty.original, learned, _MOST_TRAINING) if learned else {}
    return replace(empty, samples=sampled, training=training)


def _make_all(ready: Bench, variants: Sequence[Variant], to: Standard, step: Step) -> _Made:
    made = _Made()
    for variant in variants:
        step(variant.name)
        blank = Result(variant.name, variant.says, variant.device)
        try:
            place = make(ready, variant)
            result, kept = hold(to, ready, place, blank)
        except Unfit as error:
            made.results.append(replace(blank, made=error.message))
        except SamovarError as error:
            made.results.append(replace(blank, made=f"it failed: {error.message}"))
        else:
            made.places[variant.name] = place
            made.results.append(result)
            made.examples[variant.name] = kept
    return made


def _with_cost(result: Result, costs: Mapping[str, Cost]) -> Result:
    """A variant that was made, and brought its process down when it was timed, is refused."""
    if result.made or result.name in costs:
        return replace(result, cost=costs.get(result.name))
    return replace(result, refused=(*result.refused, "its process ended while it was timed"))


def _timed(rows: Rows) -> tuple[Payload, ...]:
    """A few requests from the shortest to the longest."""
    ordered = sorted(rows.payloads, key=lambda payload: len(payload.body))
    if len(ordered) <= _TIMED:
        return tuple(ordered)
    step = (len(ordered) - 1) / (_TIMED - 1)
    return tuple(ordered[round(at * step)] for at in range(_TIMED))


def _each(step: Step, trials: int) -> Callable[[], None]:
    """A step of the bar for every so many trials: a round."""
    counted = count(1)

    def done() -> None:
        if next(counted) % trials == 0:
            step("measuring")

    return done
