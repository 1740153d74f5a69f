"""`samovar plan`: where a model should run, how it would do there and what a month would cost."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.models import AsJson, ModelsDir

EPILOG = f"""\
\b
Examples:
  $ samovar plan minilm-small --rate 5 --slo 200ms
  $ samovar plan penguins --trace arrivals.csv --slo 2s --explain
  $ samovar plan ocr speech --rate ocr=0.2 --rate speech=1 --slo ocr=5s --slo speech=1min
  $ samovar plan --run-ms 800 --shared-ms 500 --rate 40 --slo 5s --gpu-speed 20 --json
  $ samovar plan minilm-small --rate 5 --slo 200ms --plot plan.svg
  $ samovar plan minilm-small --rate 5 --slo 200ms --apply && samovar deploy

A model's times are those of its [profile]: `samovar models profile NAME --write` measures them.
A GPU and arm64 are planned only where their speed is said, because nobody measured it here.

{EXIT_STATUS_HELP}
"""


def plan(  # noqa: PLR0913, PLR0917 - each is an option of the command
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Each with a [profile].")
    ] = None,
    rate: Annotated[
        list[str] | None, typer.Option(metavar="[MODEL=]N", help="Requests a second.")
    ] = None,
    trace: Annotated[
        list[str] | None, typer.Option(metavar="[MODEL=]FILE", help="A CSV of arrivals instead.")
    ] = None,
    column: Annotated[str, typer.Option(help="Its column of times; the first by default.")] = "",
    slo: Annotated[
        list[str] | None, typer.Option(metavar="[MODEL=]TIME", help="Such as 200ms, 2s or 5min.")
    ] = None,
    percentile: Annotated[
        float, typer.Option(min=50, max=99.99, help="Of the requests, so many within it.")
    ] = 99.0,
    run_ms: Annotated[float, typer.Option(min=0, help="A request alone on one vCPU.")] = 0.0,
    shared_ms: Annotated[float, typer.Option(min=0, help="Of it, what a batch shares.")] = 0.0,
    noise: Annotated[float, typer.Option(min=0, max=3, help="Its variation; measured.")] = 0.0,
    init_ms: Annotated[float, typer.Option(min=0, help="A cold start; measured.")] = 0.0,
    gpu_speed: Annotated[float, typer.Option(min=0, help="Of one vCPU, how many.")] = 0.0,
    arm_speed: Annotated[float, typer.Option(min=0, help="Of a vCPU of x86_64.")] = 0.0,
    request_bytes: Annotated[int, typer.Option(min=0, help="The examples' by default.")] = 0,
    answer_bytes: Annotated[int, typer.Option(min=0)] = 500,
    prices: Annotated[Path | None, typer.Option(help="A price list of your own.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why.")] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write it to samconfig.toml and the manifests.")
    ] = False,
    config: Annotated[Path, typer.Option(help="Which samconfig.toml.")] = Path("samconfig.toml"),
    plot: Annotated[
        Path | None, typer.Option(help="Cost against rate, and latencies: a .svg or .png.")
    ] = None,
    folder: ModelsDir = Path("models"),
    as_json: AsJson = False,
) -> None:
    """Choose where models run, and say how they would do and what every part would cost."""
    from samovar_cli.planning.asked import Asked, Measured
    from samovar_cli.planning.command import plan as run

    measured = Measured(
        run_ms, shared_ms, noise, init_ms, gpu_speed, arm_speed, request_bytes, answer_bytes
    )
    asked = Asked(
        tuple(models or ()), tuple(rate or ()), tuple(trace or ()), column, tuple(slo or ()),
        percentile, measured, prices, folder, config, plot, explain, apply, as_json,
    )  # fmt: skip
    run(asked)
