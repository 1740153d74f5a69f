"""The command: variants looked at, shown, and one of them adopted where that was asked for."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from samovar_cli.optimising.adopting import adopt, check_target
from samovar_cli.optimising.document import document
from samovar_cli.optimising.optimise import optimised
from samovar_cli.optimising.order import Wanted
from samovar_cli.optimising.shown import show
from samovar_cli.plots import check_path, save
from samovar_cli.terminal import command_name, console, write_json


@dataclass(frozen=True, slots=True)
class Output:
    """What is to become of the report."""

    adopt: str = ""
    plot: Path | None = None
    as_json: bool = False


def optimise_model(wanted: Wanted, output: Output) -> None:
    """Raises NotFound, ModelFault, InvalidInput for rows that do not fit, CommandFailed.

    What cannot be written at the end is refused at the beginning.
    """
    if output.plot is not None:
        check_path(output.plot)
    if output.adopt:
        check_target(wanted, output.adopt)
    with optimised(wanted) as done:
        if output.plot is not None:
            from samovar_cli.optimising.plot import draw_report

            save(draw_report(done.report), output.plot)
        if not output.as_json:
            show(done.report)
        adopted = adopt(wanted, done, output.adopt) if output.adopt else None
        if output.as_json:
            write_json(orjson.dumps(document(done.report, adopted.where if adopted else "")))
        elif adopted:
            console().print(f"\nAdopted as {adopted.where}. Look at it again:")
            console().print(f"  {command_name()} models check {adopted.name}")
            console().print(f"  {command_name()} models compile {adopted.name}")
