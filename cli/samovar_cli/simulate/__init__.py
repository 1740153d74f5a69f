"""`samovar simulate`: what a load would meet and what it would cost, in virtual time."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.models import AsJson, ModelsDir

EPILOG = f"""\
\b
Examples:
  $ samovar simulate --rate 5 --run-ms 12
  $ samovar simulate minilm-small --rate 50 --shape crowd --slo-ms 300
  $ samovar simulate --trace arrivals.csv --column time --run-ms 800 --lane queue --lane endpoint
  $ samovar simulate minilm-small --sweep --slo-ms 500
  $ samovar simulate --rate 2 --run-ms 3000 --gpu-speed 40 --hours 24 --shape day --json

Lanes: function (the caller waits), queue (a job, for a worker in Lambda), endpoint (a job, for a
GPU that sleeps at zero). One GB of memory and one vCPU are as AWS bills and gives them.

{EXIT_STATUS_HELP}
"""


def simulate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    model: Annotated[str, typer.Argument(metavar="[MODEL]", help="Whose [profile] to take.")] = "",
    rate: Annotated[float, typer.Option(min=1e-6, help="Requests a second, on average.")] = 1.0,
    shape: Annotated[str, typer.Option(help="poisson, bursts, day or crowd.")] = "poisson",
    hours: Annotated[float, typer.Option(min=0.001, help="How long.")] = 1.0,
    trace: Annotated[Path | None, typer.Option(help="A CSV of arrivals instead.")] = None,
    column: Annotated[str, typer.Option(help="Its column of times; the first by default.")] = "",
    lane: Annotated[list[str] | None, typer.Option(help="All by default; may be repeated.")] = None,
    run_ms: Annotated[float, typer.Option(min=0, help="A request alone on one vCPU.")] = 0.0,
    shared_ms: Annotated[float, typer.Option(min=0, help="Of it, what a batch shares.")] = 0.0,
    noise: Annotated[float, typer.Option(min=0, max=3, help="Its coefficient of variation.")] = 0.2,
    init_ms: Annotated[float, typer.Option(min=0, help="A function's cold start.")] = 500.0,
    memory: Annotated[int, typer.Option(min=128, max=10_240, help="MB of a function.")] = 1769,
    arch: Annotated[str, typer.Option(help="x86_64 or arm64.")] = "x86_64",
    most: Annotated[int, typer.Option(min=1, help="Environments at once.")] = 1000,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Of a worker, at most.")] = 32,
    window_ms: Annotated[float, typer.Option(min=0, help="How long a batch gathers.")] = 1000.0,
    gpu_speed: Annotated[float, typer.Option(min=0.01, help="Of one vCPU, how many.")] = 10.0,
    gpu_batch: Annotated[int, typer.Option(min=1, max=1000, help="Calls it runs at once.")] = 4,
    instances: Annotated[int, typer.Option(min=1, help="Of the endpoint, at most.")] = 1,
    instance: Annotated[str, typer.Option(help="Their type.")] = "ml.g4dn.xlarge",
    wake_s: Annotated[float, typer.Option(min=0, help="Until one takes calls.")] = 300.0,
    request_bytes: Annotated[int, typer.Option(min=0)] = 1000,
    answer_bytes: Annotated[int, typer.Option(min=0)] = 500,
    slo_ms: Annotated[float, typer.Option(min=0, help="A latency that is late.")] = 1000.0,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
    prices: Annotated[Path | None, typer.Option(help="A price list of your own.")] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="At 0.01 to 1,000 a second.")] = False,
    models: ModelsDir = Path("models"),
    as_json: AsJson = False,
) -> None:
    """Play a load through the lanes in virtual time: latencies, cold starts and the bill."""
    from samovar_cli.simulate.bill import Load
    from samovar_cli.simulate.command import Asked
    from samovar_cli.simulate.command import simulate as run
    from samovar_cli.simulate.scenario import Scenario

    asked = Asked(
        model, models, rate, shape, hours, trace, column, tuple(lane or ()), slo_ms / 1000, seed,
        prices, as_json, sweep,
    )  # fmt: skip
    load = Load(memory, arch, request_bytes, answer_bytes, instance)
    scenario = Scenario(
        run_ms / 1000, shared_ms / 1000, noise, init_ms / 1000, most=most, batch=batch,
        window_s=window_ms / 1000, gpu_speed=gpu_speed, gpu_batch=gpu_batch, instances=instances,
        wake_s=wake_s, load=load,
    )  # fmt: skip
    run(asked, scenario)
