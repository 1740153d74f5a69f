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
  $ samovar simulate minilm-small --rate 50 --shape crowd --slo-ms 300 --provisioned 4
  $ samovar simulate --run-ms 80 --shape mmpp --low 2 --high 200 --hold-s 60
  $ samovar simulate --trace arrivals.csv --column time --run-ms 800 --lane queue --lane endpoint
  $ samovar simulate minilm-small --memory 5307 --speedup 2:1.8,4:2.9 --sweep --slo-ms 500
  $ samovar simulate --run-ms 300 --sweep --plot costs.svg
  $ samovar simulate --rate 2 --run-ms 3000 --gpu-speed 40 --hours 24 --shape day --json

Lanes: function (the caller waits), queue (a job, for a worker in Lambda), endpoint (a job, for a
GPU that sleeps at zero), auto (a job, on the cheaper of both); and what there is besides:
serverless (SageMaker Serverless Inference) and instance (--instances that never sleep). A vCPU
comes with each 1,769 MB.

{EXIT_STATUS_HELP}
"""


def simulate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    model: Annotated[str, typer.Argument(metavar="[MODEL]", help="Whose [profile] to take.")] = "",
    rate: Annotated[float, typer.Option(min=1e-6, help="Requests a second, on average.")] = 1.0,
    shape: Annotated[str, typer.Option(help="poisson, bursts, day, crowd, mmpp.")] = "poisson",
    low: Annotated[float | None, typer.Option(min=0, help="Of mmpp: its quiet rate.")] = None,
    high: Annotated[float | None, typer.Option(min=0, help="Of mmpp: its busy rate.")] = None,
    hold_s: Annotated[float, typer.Option(min=0.1, help="Of mmpp: how long each lasts.")] = 30.0,
    hours: Annotated[float, typer.Option(min=0.001, help="How long.")] = 1.0,
    trace: Annotated[Path | None, typer.Option(help="A CSV of arrivals instead.")] = None,
    column: Annotated[str, typer.Option(help="Its column of times; the first by default.")] = "",
    size_column: Annotated[str, typer.Option(help="Its column of bytes of a request.")] = "",
    lane: Annotated[list[str] | None, typer.Option(help="All by default; may be repeated.")] = None,
    run_ms: Annotated[float, typer.Option(min=0, help="A request alone on one vCPU.")] = 0.0,
    shared_ms: Annotated[float, typer.Option(min=0, help="Of it, what a batch shares.")] = 0.0,
    kb_ms: Annotated[float, typer.Option(min=0, help="Of it, for each KB of a body.")] = 0.0,
    noise: Annotated[float | None, typer.Option(min=0, max=3, help="Its variation; 0.2.")] = None,
    init_ms: Annotated[float | None, typer.Option(min=0, help="A cold start; 500.")] = None,
    image_ms: Annotated[float, typer.Option(min=0, help="More of it in a container.")] = 5000.0,
    speedup: Annotated[str, typer.Option(help="vCPUs:times faster, as 2:1.8,4:2.9.")] = "",
    memory: Annotated[int, typer.Option(min=128, max=10_240, help="MB of a function.")] = 1769,
    arch: Annotated[str, typer.Option(help="x86_64 or arm64.")] = "x86_64",
    most: Annotated[int, typer.Option(min=1, help="Environments at once.")] = 1000,
    provisioned: Annotated[int, typer.Option(min=0, help="Of them, always ready.")] = 0,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Of a worker, at most.")] = 32,
    window_ms: Annotated[float, typer.Option(min=0, help="How long a batch gathers.")] = 1000.0,
    gpu_speed: Annotated[float, typer.Option(min=0.01, help="Of one vCPU, how many.")] = 10.0,
    gpu_batch: Annotated[int, typer.Option(min=1, max=1000, help="Calls it runs at once.")] = 4,
    instances: Annotated[int, typer.Option(min=1, help="Of the endpoint, at most.")] = 1,
    instance: Annotated[str, typer.Option(help="Their type.")] = "ml.g4dn.xlarge",
    wake_s: Annotated[float, typer.Option(min=0, help="Until one takes calls.")] = 300.0,
    request_bytes: Annotated[int, typer.Option(min=0, help="Of a body, on average.")] = 1000,
    size_cv: Annotated[float, typer.Option(min=0, max=10, help="Its variation.")] = 0.0,
    answer_bytes: Annotated[int, typer.Option(min=0)] = 500,
    slo_ms: Annotated[float, typer.Option(min=0, help="A latency that is late.")] = 1000.0,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
    prices: Annotated[Path | None, typer.Option(help="A price list of your own.")] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="At 0.01 to 1,000 a second.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Latencies, or costs, as .svg or .png.")] = None,
    models: ModelsDir = Path("models"),
    as_json: AsJson = False,
) -> None:
    """Play a load through the lanes in virtual time: latencies, cold starts and the bill."""
    said = dict(locals())
    from samovar_cli.simulate.command import simulate as run
    from samovar_cli.simulate.options import Options

    run(Options(**said))
