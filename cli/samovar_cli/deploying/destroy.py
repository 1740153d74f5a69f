"""`samovar destroy`: the stack gone, and with --buckets what outlives it. Can be run again."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import typer
from rich.text import Text
from samovar.errors import CommandFailed

from samovar_cli.deploying import stacks
from samovar_cli.deploying.account import Account, aws, open_account
from samovar_cli.deploying.buckets import Contents, contents, data_bucket, delete_bucket, is_there
from samovar_cli.deploying.project import Asked, Project, read_project
from samovar_cli.deploying.record import Record, read_record, record_path, write_record
from samovar_cli.deploying.redaction import masked
from samovar_cli.deploying.stacks import ABSENT, NESTED, Stack
from samovar_cli.deploying.steps import Steps
from samovar_cli.terminal import console, size, write_json

_BUCKET, _QUEUE = "AWS::S3::Bucket", "AWS::SQS::Queue"
_QUESTION = "It cannot be undone. Type the stack's name to go on"


@dataclass(frozen=True, slots=True)
class Options:
    """How to destroy."""

    dry_run: bool = False
    yes: bool = False
    buckets: bool = False
    verbose: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What there is to destroy: the stack, how many resources of each type, and its buckets."""

    stack: Stack
    counts: dict[str, int]
    buckets: tuple[Contents, ...]
    messages: int = 0  # that wait in its queues

    @property
    def has_stack(self) -> bool:
        """Whether there is a stack, be it one that was only ever planned."""
        return self.stack.state not in (ABSENT, "DELETE_COMPLETE")


def destroy(asked: Asked, options: Options) -> None:
    """Delete the stack after asking. Raises CommandFailed."""
    steps, project = Steps(verbose=options.verbose), read_project(asked)
    account = open_account(project.profile, project.region)
    with steps.step(f"stack {project.stack}") as say:
        stack = stacks.settled(account, project.stack, say)
        left = _left(project, account, stack)
    if not options.as_json:
        _show(left, options)
    if options.dry_run or not (left.has_stack or (options.buckets and left.buckets)):
        _say_json(left, options, done=False)
        return
    _agree(project, options)
    _destroy(project, account, left, options, steps)
    if not options.as_json:
        stays = "" if options.buckets or not left.buckets else "; its buckets stay"
        console().print(f"{project.stack} is gone{stays}", style="green")
    _say_json(left, options, done=True)


def _left(project: Project, account: Account, stack: Stack) -> Left:
    there = stacks.resources(account, project.stack) if stack.is_there else ()
    counts = Counter(kind for _, kind, _ in there if kind not in (NESTED, _BUCKET))
    names = {physical for _, kind, physical in there if kind == _BUCKET and physical}
    kept = read_record(record_path(project, account.region))
    names |= set(kept.buckets if kept and kept.account == account.id else ())
    names.add(data_bucket(project.stack, account))
    names -= {each.get("ExistingModelsBucket", "") for each in (project.values, stack.parameters)}
    found = [contents(account, name) for name in sorted(names) if is_there(account, name)]
    queues = [physical for _, kind, physical in there if kind == _QUEUE]
    return Left(stack, dict(counts.most_common()), tuple(found), _messages(account, queues))


def _messages(account: Account, queues: Sequence[str]) -> int:
    """About how many messages wait in queues, or are being worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    with aws("looking into the queues"):
        client = account.client("sqs")
        found = [client.get_queue_attributes(QueueUrl=url, AttributeNames=names) for url in queues]
    return sum(int(value) for each in found for value in each["Attributes"].values())


def _show(left: Left, options: Options) -> None:
    out = console()
    if not left.has_stack:
        out.print(f"There is no stack {left.stack.name}.")
    for kind, count in left.counts.items():
        out.print(Text(f"  {count:3}  {kind}", "red"))
    if left.messages:
        out.print(
            Text(f"  messages that wait in its queues, and are lost: {left.messages}", "bold red")
        )
    goes = options.buckets
    for each in left.buckets:
        said = "goes with all that is in it" if goes else "stays; --buckets deletes it"
        line = f"  bucket {masked(each.name)}: {each.objects} objects, {size(each.bytes)}: {said}"
        out.print(Text(line, "bold red" if goes else ""), soft_wrap=True)
    out.print(
        Text("What `sam deploy` uploaded stays in its own bucket, which other stacks use.", "dim"),
        soft_wrap=True,
    )


def _agree(project: Project, options: Options) -> None:
    """Raises CommandFailed unless the person types the stack's name, or said --yes."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed("nobody is there to ask: --yes deletes, --dry-run only shows")
    if typer.prompt(_QUESTION, err=True) != project.stack:
        raise CommandFailed("nothing was deleted")


def _destroy(
    project: Project, account: Account, left: Left, options: Options, steps: Steps
) -> None:
    path = record_path(project, account.region)
    names = tuple(each.name for each in left.buckets)
    # Names that only the stack knows are kept first: a run that ends here can be gone on with.
    write_record(path, Record(project.stack, account.region, account.id, {}, names))
    if left.has_stack:
        with steps.step(f"deleting stack {project.stack}") as say:
            stacks.delete(account, left.stack, say)
    if options.buckets:
        _delete_buckets(account, names, steps)
        path.unlink(missing_ok=True)


def _delete_buckets(account: Account, names: Sequence[str], steps: Steps) -> None:
    for name in names:
        with steps.step(f"deleting bucket {masked(name)}") as say:
            delete_bucket(account, name, say)


def _say_json(left: Left, options: Options, *, done: bool) -> None:
    if options.as_json:
        buckets = [
            {"name": masked(each.name), "objects": each.objects, "bytes": each.bytes}
            for each in left.buckets
        ]
        said = {"stack": left.stack.name, "state": left.stack.state, "resources": left.counts}
        more = {"buckets": buckets, "messages": left.messages, "deleted": done}
        write_json(orjson.dumps({**said, **more}))
