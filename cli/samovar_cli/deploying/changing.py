"""The changes that a deployment makes in the account, in their order; each can be made again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from samovar.errors import CommandFailed

from samovar_cli.deploying import stacks
from samovar_cli.deploying.account import Account
from samovar_cli.deploying.advice import advice
from samovar_cli.deploying.buckets import data_bucket
from samovar_cli.deploying.gpu import makes_endpoint
from samovar_cli.deploying.parameters import as_words
from samovar_cli.deploying.preparing import Ready
from samovar_cli.deploying.project import CONFIG, Project
from samovar_cli.deploying.record import Record, read_record, record_path, write_record
from samovar_cli.deploying.sam import last_lines
from samovar_cli.deploying.stacks import Stack
from samovar_cli.deploying.steps import Steps
from samovar_cli.deploying.uploading import Bucket
from samovar_cli.terminal import size

_SKEW = timedelta(seconds=30)  # of this machine's clock and AWS's
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


@dataclass(frozen=True, slots=True)
class Phase:
    """One step: a deployment with other values for some parameters, or an upload of models."""

    uploads: bool = False
    others: Mapping[str, str] = field(default_factory=dict)


def phases(project: Project, bucket: str) -> tuple[Phase, ...]:
    """What is done in turn; `bucket` is the models' as far as it is known before.

    An endpoint copies the bucket when it starts, so the models come first; and where the stack
    makes the bucket, it is deployed without an endpoint before.
    """
    deployed, uploaded = Phase(), Phase(uploads=True)
    if not makes_endpoint(project):
        return (deployed, uploaded)
    return (uploaded, deployed) if bucket else (Phase(others={"Gpu": "off"}), uploaded, deployed)


def change(ready: Ready, account: Account, steps: Steps) -> tuple[Stack, int]:
    """The stack as deployed, and the bytes of models that were uploaded. Raises CommandFailed."""
    project, found = ready.plan.project, ready.plan.found
    stack, sent, bucket = found.stack if found else Stack(project.stack), 0, ready.bucket
    if stack.is_stillborn:
        with steps.step(f"removing what was never made whole of {project.stack}") as say:
            stacks.delete(account, stack, say)
    for phase in phases(project, bucket):
        if phase.uploads:
            sent += _upload(ready, account, bucket, steps)
            continue
        stack = _sam_deploy(ready, account, steps, phase.others)
        _keep(project, account, stack)
        bucket = stack.outputs["ModelsBucketName"]
    return stack, sent


def _sam_deploy(ready: Ready, account: Account, steps: Steps, others: Mapping[str, str]) -> Stack:
    """The stack after `sam deploy`. Raises CommandFailed with each resource's own reason."""
    project = ready.plan.project
    said_of = ", without the endpoint at first: it needs the models" if others else ""
    began = datetime.now(UTC) - _SKEW
    with steps.step(f"sam deploy{said_of}") as say:
        try:
            said = ready.sam.run(deploy_words(project, account.region, others), say)
        except KeyboardInterrupt:
            raise CommandFailed(
                "interrupted: CloudFormation goes on by itself, and the same command waits for it "
                "and goes on from there"
            ) from None
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
        missing = bucket.missing(ready.plan.files)
    count = sum(file.bytes for file in missing)
    if missing:
        with steps.bar(f"uploading {size(count)} of models", count) as done:
            bucket.send(missing, done)
    return count


def _keep(project: Project, account: Account, stack: Stack) -> None:
    """Remember names that are not shown, and the buckets, which outlive the stack."""
    path = record_path(project, account.region)
    before = read_record(path)
    models = stack.outputs.get("ModelsBucketName", "")
    own = [models] if models and not project.values.get("ExistingModelsBucket") else []
    left = before.buckets if before and before.account == account.id else ()
    buckets = tuple(dict.fromkeys((*own, data_bucket(project.stack, account), *left)))
    record = Record(project.stack, account.region, account.id, stack.outputs, buckets)
    write_record(path, record)
