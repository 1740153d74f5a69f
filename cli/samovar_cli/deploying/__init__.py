"""`samovar deploy` and `samovar destroy`, as they are typed."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP

DEPLOY_EPILOG = f"""\
\b
Examples:
  $ samovar deploy --dry-run
  $ samovar deploy --region eu-central-1
  $ samovar deploy --stack staging -p AuthMode=none -p InferMemory=3008 --yes
  $ samovar deploy --profile work -p Gpu=on -p GpuImage=samovar:gpu

It can be run again at any time: what is built, deployed or uploaded already is not done twice.

\b
{EXIT_STATUS_HELP}
"""
DESTROY_EPILOG = """\
\b
Examples:
  $ samovar destroy --dry-run
  $ samovar destroy --stack staging --yes
  $ samovar destroy --buckets        # models, inputs and results, too

The buckets stay unless --buckets is said, and a stack of the same name cannot be made while its
data bucket is there.
"""
Stack = Annotated[str, typer.Option(help="The stack's name; samconfig.toml's by default.")]
Region = Annotated[str, typer.Option(help="Where to; as AWS is set up here by default.")]
Profile = Annotated[str, typer.Option(help="An AWS profile; the default one by default.")]
ConfigEnv = Annotated[str, typer.Option(help="Which tables of samconfig.toml.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and end.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the SAM CLI says.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def register(app: typer.Typer) -> None:
    """Make them commands of an application."""
    app.command(epilog=DEPLOY_EPILOG)(deploy)
    app.command(epilog=DESTROY_EPILOG)(destroy)


def deploy(  # noqa: PLR0913, PLR0917 - each is an option of the command
    stack: Stack = "",
    region: Region = "",
    profile: Profile = "",
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter", "-p", metavar="NAME=VALUE", help="Of template.yaml; repeat it."
        ),
    ] = None,
    config_env: ConfigEnv = "default",
    dry_run: DryRun = False,
    yes: Yes = False,
    smoke: Annotated[bool, typer.Option(help="Ask the deployed API the golden examples.")] = True,
    url: Annotated[str, typer.Option(help="Where the API answers, if by a name of yours.")] = "",
    prices: Annotated[Path | None, typer.Option(help="A price list of your own.")] = None,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Deploy the application of template.yaml with the models of ./models to AWS.

    Models are built where they are not, the layers are built and weighed against Lambda's limit,
    the plan is shown, and after you agree: `sam deploy`, models that are not bundled into their
    bucket, golden examples at the deployed address. Run it in a clone of samovar's repository.
    """
    from samovar_cli.deploying.deploy import Options
    from samovar_cli.deploying.deploy import deploy as run
    from samovar_cli.deploying.project import Asked

    asked = Asked(Path(), stack, region, profile, config_env, tuple(parameter or ()))
    run(asked, Options(dry_run, yes, smoke, url, prices, verbose, as_json))


def destroy(  # noqa: PLR0913, PLR0917 - each is an option of the command
    stack: Stack = "",
    region: Region = "",
    profile: Profile = "",
    config_env: ConfigEnv = "default",
    buckets: Annotated[
        bool, typer.Option("--buckets", help="Models, inputs and results, too: their buckets.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Delete a deployment. Its buckets stay, with all that is in them, unless you say otherwise."""
    from samovar_cli.deploying.destroy import Options
    from samovar_cli.deploying.destroy import destroy as run
    from samovar_cli.deploying.project import Asked

    asked = Asked(Path(), stack, region, profile, config_env)
    run(asked, Options(dry_run, yes, buckets, verbose, as_json))
