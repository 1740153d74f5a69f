"""What the command line of `samovar simulate` says, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.simulate.arrivals import SHAPES
from samovar_cli.simulate.bill import ARCHITECTURES, Load
from samovar_cli.simulate.scenario import LANES, Scenario

NOISE, INIT_MS = 0.2, 500.0
"""What is usual, where neither the command line nor a profile says anything."""
_BATCH_AT_ONCE = 10  # messages that an event source takes without gathering
_MOST_WINDOW_S = 300


@dataclass(frozen=True, slots=True)
class Options:
    """Each option by its name."""

    model: str
    rate: float
    shape: str
    low: float | None
    high: float | None
    hold_s: float
    hours: float
    trace: Path | None
    column: str
    size_column: str
    lane: list[str] | None
    run_ms: float
    shared_ms: float
    kb_ms: float
    noise: float | None
    init_ms: float | None
    image_ms: float
    speedup: str
    memory: int
    arch: str
    most: int
    provisioned: int
    batch: int
    window_ms: float
    gpu_speed: float
    gpu_batch: int
    instances: int
    instance: str
    wake_s: float
    request_bytes: int
    size_cv: float
    answer_bytes: int
    slo_ms: float
    seed: int
    prices: Path | None
    sweep: bool
    plot: Path | None
    models: Path
    as_json: bool

    @property
    def lanes(self) -> tuple[str, ...]:
        """Those that were asked for, each once; all where none was."""
        return tuple(dict.fromkeys(self.lane or LANES))

    @property
    def slo_s(self) -> float:
        """A latency that is late, seconds."""
        return self.slo_ms / 1000

    def scenario(self) -> Scenario:
        """What a request takes and what there is for it, as far as the command line says."""
        return Scenario(
            self.run_ms / 1000,
            self.shared_ms / 1000,
            NOISE if self.noise is None else self.noise,
            (INIT_MS if self.init_ms is None else self.init_ms) / 1000,
            most=self.most,
            batch=self.batch,
            window_s=self.window_ms / 1000,
            gpu_speed=self.gpu_speed,
            gpu_batch=self.gpu_batch,
            instances=self.instances,
            wake_s=self.wake_s,
            load=Load(self.memory, self.arch, self.request_bytes, self.answer_bytes, self.instance),
            speedup=speedup_of(self.speedup),
            provisioned=self.provisioned,
            image_s=self.image_ms / 1000,
        )

    def check(self) -> None:
        """Raises CommandFailed for an option that no simulation has."""
        for option, said, known in (
            ("--shape", (self.shape,), SHAPES),
            ("--lane", self.lanes, LANES),
            ("--arch", (self.arch,), ARCHITECTURES),
        ):
            for name in said:
                if name not in known:
                    raise CommandFailed(f"{option} {name}: it is one of {', '.join(known)}")
        for wrong, why in self._contradictions():
            if wrong:
                raise CommandFailed(why)

    def _contradictions(self) -> tuple[tuple[bool, str], ...]:
        """What is wrong with the load, and with what there is for it."""
        low, high = self.low, self.high
        rates, both = low is not None or high is not None, low is not None and high is not None
        return (
            (
                self.shared_ms > self.run_ms > 0,
                "--shared-ms is a part of --run-ms: it cannot be more",
            ),
            (
                self.kb_ms * self.request_bytes / 1024 > self.run_ms > 0,
                "--kb-ms for each KB of --request-bytes is a part of --run-ms: it cannot be more",
            ),
            (rates and self.shape != "mmpp", "--low and --high are rates of --shape mmpp"),
            (
                rates and not both,
                "--shape mmpp takes both --low and --high, or neither and the --rate",
            ),
            (
                low is not None and high is not None and low >= high,
                "--low is the quiet rate of --shape mmpp: it lies below --high",
            ),
            (
                bool(self.size_column) and self.trace is None,
                "--size-column is a column of a --trace",
            ),
            (
                self.sweep and (self.trace is not None or rates),
                "--sweep goes through rates of its own: it takes neither --trace nor --low, --high",
            ),
            (self.sweep and self.size_cv > 0, "--sweep plays bodies of one size: no --size-cv"),
            *self._rules_of_aws(),
        )

    def _rules_of_aws(self) -> tuple[tuple[bool, str], ...]:
        window_s = self.window_ms / 1000
        gathers = window_s == int(window_s) <= _MOST_WINDOW_S
        queued = "queue" in self.lanes
        return (
            (not gathers, "--window-ms: a queue gathers for whole seconds, up to 300 of them"),
            (
                self.batch > _BATCH_AT_ONCE and not window_s and queued,
                "--batch of more than 10 needs a --window-ms of 1000 at least: so SQS says",
            ),
            (
                self.provisioned > self.most,
                "--provisioned are of the --most environments: they cannot be more",
            ),
        )


def speedup_of(said: str) -> tuple[tuple[float, float], ...]:
    """VCPUs and times faster, of a text such as 2:1.8,4:2.9. Raises CommandFailed."""
    try:
        found = tuple(
            (float(vcpus), float(times))
            for vcpus, _, times in (point.partition(":") for point in said.split(",") if point)
        )
    except ValueError:
        found = ((0.0, 0.0),)
    if not all(vcpus > 0 and 0 < times < float("inf") for vcpus, times in found):
        raise CommandFailed(f"--speedup {said[:40]}: say vCPUs:times faster, as 2:1.8,4:2.9")
    return found
