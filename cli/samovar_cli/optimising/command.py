"""The command: variants looked at, shown, and one of them adopted where that was asked for."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import orjson

from samovar_cli.optimising.adopting import Adopted, adopt, check_target
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
        adopted = None
        try:
            adopted = adopt(wanted, done, output.adopt) if output.adopt else None
        finally:  # also where nothing is adopted
            if output.as_json:
                where = adopted.where if adopted else ""
                write_json(orjson.dumps(document(done.report, where)))
        if adopted and not output.as_json:
            _say(adopted, wanted.models)


def _say(adopted: Adopted, models: Path) -> None:
    """Where it lies, and what makes it quick to open."""
    where = "" if models == Path("models") else f" --models {shlex.quote(str(models))}"
    console().print(f"\nAdopted as {adopted.where}. Check it, and make it quick to open:")
    for command in ("check", "compile"):
        said = f"  {command_name()} models {command} {adopted.name}{where}"
        console().print(said, soft_wrap=True)
