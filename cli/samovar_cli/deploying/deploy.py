"""`samovar deploy`: built, checked, shown, deployed, models uploaded, asked. Can be run again."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import typer
from rich.text import Text
from samovar.errors import CommandFailed

from samovar_cli.deploying import stacks
from samovar_cli.deploying.account import Account
from samovar_cli.deploying.advice import advice
from samovar_cli.deploying.asking import try_api
from samovar_cli.deploying.buckets import data_bucket
from samovar_cli.deploying.parameters import as_words
from samovar_cli.deploying.plan import document
from samovar_cli.deploying.preparing import Ready, prepare
from samovar_cli.deploying.project import CONFIG, Asked, Project, read_project
from samovar_cli.deploying.record import Record, record_path, write_record
from samovar_cli.deploying.redaction import masked
from samovar_cli.deploying.sam import last_lines
from samovar_cli.deploying.shown import show_plan, show_smoke
from samovar_cli.deploying.smoke import Smoke
from samovar_cli.deploying.stacks import Stack
from samovar_cli.deploying.steps import Steps
from samovar_cli.deploying.uploading import Bucket
from samovar_cli.simulate.prices import SHIPPED, read_prices
from samovar_cli.terminal import console, progress, size, write_json

_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


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


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it."""

    stack: Stack
    uploaded_bytes: int
    smoke: Smoke | None


def deploy(asked: Asked, options: Options) -> None:
    """Deploy the project, or show what that would do. Raises CommandFailed."""
    steps = Steps(verbose=options.verbose)
    prices = read_prices(options.prices or SHIPPED)
    project = read_project(asked)
    ready = prepare(project, prices, steps, needs_account=not options.dry_run)
    if not options.as_json:
        show_plan(ready.plan, console())
    if options.dry_run or ready.account is None:
        if options.as_json:
            write_json(orjson.dumps(document(ready.plan)))
        return
    _agree(project, options)
    deployed = _deploy(ready, ready.account, options, steps)
    _show(ready, ready.account, deployed, options)


def _agree(project: Project, options: Options) -> None:
    """Raises CommandFailed where the person says no, or nobody is there to ask."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed("nobody is there to ask: --yes deploys, --dry-run only shows the plan")
    if not typer.confirm(f"Deploy {project.stack}?"):
        raise CommandFailed("nothing was deployed")


def _deploy(ready: Ready, account: Account, options: Options, steps: Steps) -> Deployed:
    project = ready.plan.project
    found = ready.plan.found
    if found is not None and found.stack.is_stillborn:
        with steps.step(f"removing what was never made whole of {project.stack}") as say:
            stacks.delete(account, found.stack, say)
    sent = 0
    bucket = ready.bucket
    if makes_endpoint(project):  # it copies the bucket's models when it starts
        if not bucket:
            stack = _sam_deploy(ready, account, steps, {"Gpu": "off"})
            bucket = stack.outputs["ModelsBucketName"]
        sent += _upload(ready, account, bucket, steps)
    stack = _sam_deploy(ready, account, steps, {})
    _keep(project, account, stack)
    sent += _upload(ready, account, stack.outputs.get("ModelsBucketName", bucket), steps)
    smoke = None
    if options.smoke:
        models = project.root / "models"
        smoke = try_api(
            project,
            account,
            options.url or stack.outputs["ApiUrl"],
            models,
            ready.plan.models,
            steps,
        )
    return Deployed(stack, sent, smoke)


def makes_endpoint(project: Project) -> bool:
    """Whether the stack makes an endpoint of its own."""
    return project.gpu and not project.values.get("ExistingEndpoint")


def _sam_deploy(ready: Ready, account: Account, steps: Steps, others: Mapping[str, str]) -> Stack:
    """The stack after `sam deploy`. Raises CommandFailed with each resource's own reason."""
    project = ready.plan.project
    said_of = "without the endpoint, which needs the models first" if others else "some minutes"
    began = datetime.now(UTC)
    with steps.step(f"sam deploy: {said_of}") as say:
        said = ready.sam.run(deploy_words(project, account.region, others), say)
        if said.status:
            failed = stacks.reasons(account, project.stack, began)
            why = "\n".join(f"  {each}" for each in failed) or last_lines(said.text)
            raise CommandFailed(f"the deployment failed:\n{why}{advice(f'{why} {said.text}')}")
        return stacks.settled(account, project.stack, say)


def deploy_words(project: Project, region: str, others: Mapping[str, str]) -> list[str]:
    """`sam deploy` with every parameter said: one that is left out would stay as it was."""
    config = ["--config-file", str(project.root / CONFIG), "--config-env", project.config_env]
    return [
        "deploy",
        *(config if (project.root / CONFIG).is_file() else ()),
        *("--template-file", str(project.built), "--stack-name", project.stack),
        *("--region", region, *(("--profile", project.profile) if project.profile else ())),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
        *(() if project.own_bucket else ("--resolve-s3",)),
        *("--capabilities", *_CAPABILITIES),
        *("--parameter-overrides", *as_words({**project.values, **others})),
    ]


def _upload(ready: Ready, account: Account, name: str, steps: Steps) -> int:
    """Bytes that were sent into the models bucket."""
    bucket = Bucket(account, name)
    with steps.step("models in the bucket"):
        uploads = bucket.uploads(ready.plan.project.root / "models", ready.plan.models)
    needed = sum(upload.bytes for upload in uploads if upload.needed)
    if not needed:
        return 0
    with steps.step(f"uploading {size(needed)} of models"), progress() as bars:
        task = bars.add_task("models", total=needed)
        bucket.send(
            [each for each in uploads if each.needed], lambda sent: bars.advance(task, sent)
        )
    return needed


def _keep(project: Project, account: Account, stack: Stack) -> None:
    """Remember names that are not shown, and the buckets, which outlive the stack."""
    models = stack.outputs.get("ModelsBucketName", "")
    own = [models] if models and not project.values.get("ExistingModelsBucket") else []
    buckets = (*own, data_bucket(project.stack, account))
    record = Record(project.stack, account.region, account.id, stack.outputs, buckets)
    write_record(record_path(project, account.region), record)


def _show(ready: Ready, account: Account, deployed: Deployed, options: Options) -> None:
    """What came of it. Raises CommandFailed where the API does not answer as it should."""
    smoke, out = deployed.smoke, console()
    if options.as_json:
        write_json(orjson.dumps(_document(ready, deployed)))
    else:
        if smoke is not None:
            out.print()
            show_smoke(smoke, out)
        kept = record_path(ready.plan.project, account.region).relative_to(ready.plan.project.root)
        out.print(Text.assemble("\ndeployed: ", (deployed.stack.outputs["ApiUrl"], "bold green")))
        out.print(f"names of buckets and functions: {kept}", soft_wrap=True)
    if smoke is not None and smoke.faults:
        raise CommandFailed(
            f"it is deployed, and {len(smoke.faults)} of {len(smoke.tried)} golden examples are "
            "not answered as they are here"
        )


def _document(ready: Ready, deployed: Deployed) -> dict[str, object]:
    smoke = deployed.smoke
    return {
        **document(replace(ready.plan)),
        "state": deployed.stack.state,
        "outputs": {key: masked(value) for key, value in deployed.stack.outputs.items()},
        "uploaded_bytes": deployed.uploaded_bytes,
        "smoke": [
            {
                "model": each.model,
                "example": each.example,
                "ms": each.milliseconds,
                "fault": each.fault,
            }
            for each in (smoke.tried if smoke else ())
        ],
    }
