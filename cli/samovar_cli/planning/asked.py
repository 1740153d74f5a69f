"""What a person asks `samovar plan`, made into what can be planned. Raises CommandFailed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.folder import Folder
from samovar_cli.planning.arrivals import Arrivals, at_rate, of_trace
from samovar_cli.planning.judging import Slo
from samovar_cli.planning.work import Work, work_of
from samovar_cli.simulate.traces import read_trace

_TIME = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|min|h)")
_UNITS_S: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_LEAST_RATE, _MOST_RATE = 1e-6, 10_000.0
_FEWEST = 100  # arrivals of a trace, to say anything
_USUAL_BYTES = 1000
_MOST_BATCH = 256


@dataclass(frozen=True, slots=True)
class Measured:
    """What the command line says of a model in place of its profile; 0 for nothing."""

    run_ms: float = 0.0
    shared_ms: float = 0.0
    noise: float = 0.0
    init_ms: float = 0.0
    gpu_speed: float = 0.0
    arm_speed: float = 0.0
    request_bytes: int = 0
    answer_bytes: int = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line."""

    models: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    column: str = ""
    slos: tuple[str, ...] = ()
    percentile: float = 99.0
    measured: Measured = Measured()
    prices: Path | None = None
    folder: Path = Path("models")
    config: Path = Path("samconfig.toml")
    plot: Path | None = None
    explain: bool = False
    apply: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """A model under a load, and what its callers expect."""

    name: str
    work: Work
    arrivals: Arrivals
    slo: Slo


def apps(asked: Asked) -> Sequence[App]:
    """What is to be planned, a model each."""
    if not asked.models and not asked.measured.run_ms:
        raise CommandFailed("name a MODEL that has a [profile], or say --run-ms")
    names = tuple(dict.fromkeys(asked.models)) or ("",)
    slos = _of_each("--slo", asked.slos, names, "such as --slo 200ms")
    rates = _of_each("--rate", asked.rates, names, "") if asked.rates else {}
    traces = _of_each("--trace", asked.traces, names, "") if asked.traces else {}
    return [_app(asked, name, slos[name], rates.get(name), traces.get(name)) for name in names]


def _app(asked: Asked, name: str, said: str, rate: str | None, trace: str | None) -> App:
    slo = Slo(seconds_of(said), asked.percentile)
    if (rate is None) == (trace is None):
        raise CommandFailed(f"say how many requests {name or 'it'} gets: --rate or --trace, one")
    work = _work(asked, name)
    if rate is not None:
        return App(name, work, at_rate(_rate(rate)), slo)
    times = read_trace(Path(str(trace)), asked.column)
    if len(times) < _FEWEST:
        raise CommandFailed(
            f"the trace {trace} has {len(times)} arrivals: a plan needs {_FEWEST} and more, "
            "a day of them at best; or say --rate"
        )
    seconds = max(float(times[-1]), 1.0)
    return App(name, work, of_trace(times, seconds, slo_s=slo.limit_s, init_s=work.init_s), slo)


def _work(asked: Asked, name: str) -> Work:
    said = asked.measured
    work = _profiled(asked, name) if name else Work(0.0, most_batch=_MOST_BATCH)
    size = said.request_bytes or work.request_bytes
    found = replace(
        work,
        run_s=said.run_ms / 1000 or work.run_s,
        shared_s=said.shared_ms / 1000 or (0.0 if said.run_ms else work.shared_s),
        noise=said.noise or work.noise,
        init_s=said.init_ms / 1000 or work.init_s,
        gpu_speed=said.gpu_speed,
        arm_speed=said.arm_speed,
        request_bytes=size,
        answer_bytes=said.answer_bytes,
    )
    if found.shared_s > found.run_s:
        raise CommandFailed("--shared-ms is a part of --run-ms: it cannot be more")
    return found


def _profiled(asked: Asked, name: str) -> Work:
    """A model's measured profile. Raises ModelNotFound, CommandFailed where there is none."""
    spec = Folder(asked.folder).spec(name)
    sizes = [len(example.payload.body) for example in spec.examples]
    size = asked.measured.request_bytes or round(sum(sizes) / len(sizes)) if sizes else 0
    most = spec.batch.max_size if spec.batch.axis is not None else 1
    work = work_of(spec.profile, size or _USUAL_BYTES, most_batch=min(most, _MOST_BATCH))
    if not work.run_s and not asked.measured.run_ms:
        raise CommandFailed(
            f"model '{name}' has no [profile]: `samovar models profile {name} --write` "
            "measures one, or say --run-ms"
        )
    return work


def _of_each(
    option: str, said: Sequence[str], names: Sequence[str], example: str
) -> Mapping[str, str]:
    """Model → its value: its own where there is one, else the one for all."""
    own = dict(value.split("=", 1) for value in said if "=" in value)
    for_all = [value for value in said if "=" not in value]
    for name in own:
        if name not in names:
            raise CommandFailed(f"{option} {name}=…: {name} is not among the models to plan")
    missing = [name for name in names if name not in own]
    if len(for_all) > 1:
        raise CommandFailed(f"{option} is said {len(for_all)} times; for one model: MODEL=VALUE")
    if missing and not for_all and (example or not own):
        raise CommandFailed(f"say {option}{' for ' + missing[0] if missing[0] else ''}, {example}")
    return {**dict.fromkeys(missing if for_all else (), *for_all), **own}


def seconds_of(said: str) -> float:
    """A time such as 200ms or 2s, in seconds. Raises CommandFailed."""
    found = _TIME.fullmatch(said.strip())
    seconds = float(found[1]) * _UNITS_S[found[2]] if found else 0.0
    if not seconds:
        raise CommandFailed(f"--slo {said[:40]}: a time is written as 200ms, 2s or 5min")
    return seconds


def _rate(said: str) -> float:
    try:
        rate = float(said)
    except ValueError:
        rate = 0.0
    if not _LEAST_RATE <= rate <= _MOST_RATE:
        raise CommandFailed(
            f"--rate {said[:40]}: requests a second, from {_LEAST_RATE:g} to {_MOST_RATE:,.0f}"
        )
    return rate
