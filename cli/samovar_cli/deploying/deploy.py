"""`samovar deploy`: built, weighed, shown, agreed on, deployed, asked. Can be run again."""

import sys
from dataclasses import dataclass
from pathlib import Path

import orjson
import typer
from rich.text import Text
from samovar.errors import CommandFailed, SamovarError

from samovar_cli.deploying.account import Account
from samovar_cli.deploying.asking import try_api
from samovar_cli.deploying.changing import change
from samovar_cli.deploying.plan import document
from samovar_cli.deploying.preparing import Ready, prepare
from samovar_cli.deploying.project import Asked, Project, read_project
from samovar_cli.deploying.record import record_path
from samovar_cli.deploying.redaction import masked
from samovar_cli.deploying.shown import show_plan, show_smoke
from samovar_cli.deploying.smoke import Smoke
from samovar_cli.deploying.stacks import Stack
from samovar_cli.deploying.steps import Steps
from samovar_cli.simulate.prices import SHIPPED, read_prices
from samovar_cli.terminal import console, write_json


@dataclass(frozen=True, slots=True)
class Options:
    """How to deploy."""

    dry_run: bool = False
    yes: bool = False
    smoke: bool = True
    url: str = ""  # where the API answers, if not at its own address
    prices: Path | None = None
    verbose: bool = False
    as_json: bool = False


def deploy(asked: Asked, options: Options) -> None:
    """Deploy the project, or show what that would do. Raises CommandFailed."""
    steps = Steps(verbose=options.verbose)
    prices = read_prices(options.prices or SHIPPED)
    project = read_project(asked)
    ready = prepare(project, prices, steps, needs_account=not options.dry_run)
    if options.dry_run and options.as_json:
        write_json(orjson.dumps(document(ready.plan)))
        return
    show_plan(ready.plan, console(stderr=options.as_json))  # who is asked has to see it
    if options.dry_run or ready.account is None:
        return
    _agree(project, options)
    stack, sent = change(ready, ready.account, steps)
    _finish(ready, ready.account, stack, sent, options, steps)


def _agree(project: Project, options: Options) -> None:
    """Raises CommandFailed where the person says no, or nobody is there to ask."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed("nobody is there to ask: --yes deploys, --dry-run only shows the plan")
    if not typer.confirm(f"Deploy {project.stack}?", err=True):
        raise CommandFailed("nothing was deployed")


def _finish(
    ready: Ready, account: Account, stack: Stack, sent: int, options: Options, steps: Steps
) -> None:
    """Try the API and show what came of all. Raises CommandFailed where it answers wrongly."""
    project, models = ready.plan.project, ready.plan.models
    url = options.url or stack.outputs["ApiUrl"]
    tried: Smoke | None = None
    fault = ""
    if options.smoke:
        try:
            tried = try_api(project, account, url, models, steps)
            fault = tried.summary if tried else ""
        except SamovarError as error:
            fault = error.message
    if options.as_json:
        write_json(orjson.dumps(_document(ready, stack, sent, tried)))
    else:
        _show(project, account, url, tried)
    if fault:
        raise CommandFailed(f"it is deployed, and {fault}")


def _show(project: Project, account: Account, url: str, tried: Smoke | None) -> None:
    out = console()
    if tried is not None:
        out.print()
        show_smoke(tried, out)
    kept = record_path(project, account.region).relative_to(project.root)
    out.print(Text.assemble("\ndeployed: ", (url, "bold green")), soft_wrap=True)
    out.print(f"names of buckets and functions: {kept}", soft_wrap=True)


def _document(ready: Ready, stack: Stack, sent: int, tried: Smoke | None) -> dict[str, object]:
    return {
        **document(ready.plan),
        "state": stack.state,
        "outputs": {key: masked(value) for key, value in stack.outputs.items()},
        "uploaded_bytes": sent,
        "smoke": tried.document() if tried else None,
    }
