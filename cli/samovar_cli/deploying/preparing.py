"""Everything of a deployment that comes before the first change in the account."""

from collections.abc import Sequence
from dataclasses import dataclass

from samovar.errors import CommandFailed

from samovar_cli.deploying import building, stacks
from samovar_cli.deploying.account import Account, open_account
from samovar_cli.deploying.buckets import check_left, data_bucket, is_there
from samovar_cli.deploying.concurrency import check_concurrency
from samovar_cli.deploying.consistency import check_consistency
from samovar_cli.deploying.gpu import check_endpoint, first_cost, makes_endpoint
from samovar_cli.deploying.parts import parts
from samovar_cli.deploying.placing import Placed, place_models
from samovar_cli.deploying.plan import Found, Plan, bill_of
from samovar_cli.deploying.project import Project
from samovar_cli.deploying.sam import Sam, find_sam
from samovar_cli.deploying.sizes import check_sizes, read_layers, weigh
from samovar_cli.deploying.steps import Steps
from samovar_cli.deploying.uploading import Bucket, File, files_to_send
from samovar_cli.simulate.prices import Prices
from samovar_cli.twin.template import read_templates


@dataclass(frozen=True, slots=True)
class Ready:
    """What a deployment needs, and its plan."""

    sam: Sam
    plan: Plan
    account: Account | None

    @property
    def bucket(self) -> str:
        """The models bucket as far as it is known before the stack is there; else ""."""
        found = self.plan.found
        return models_bucket(self.plan.project, found.stack) if found else ""


def models_bucket(project: Project, stack: stacks.Stack) -> str:
    """The bucket that models are going to lie in; "" where the stack has yet to make it."""
    if own := project.values.get("ExistingModelsBucket"):
        return own
    makes_it = stack.is_stillborn or stack.parameters.get("ExistingModelsBucket")
    return "" if makes_it else stack.outputs.get("ModelsBucketName", "")


def prepare(project: Project, prices: Prices, steps: Steps, *, needs_account: bool) -> Ready:
    """The account, tools, models, the build and its size: in the order in which faults are cheap.

    Raises CommandFailed with the first that is wrong.
    """
    account, why = _account(project, steps, needed=needs_account)
    with steps.step("the SAM CLI") as say:
        sam = find_sam(project.root, say)
    models = _models(project, steps)
    files = files_to_send(project.root / "models", models)
    found = _look(project, account, models, files, steps) if account else None
    check_consistency(project, models, found.others if found else ())
    note = check_concurrency(project, account) if account else ""
    if account and found and makes_endpoint(project):
        check_endpoint(project, account, models, found.others)
    _build(project, sam, steps)
    built = parts(read_templates(project.built), project.values)
    layers = read_layers(built, project.built.parent)
    weights = weigh(built, layers, project.built.parent)
    check_sizes(weights, layers)
    steps.done("every function fits into Lambda")
    bill = bill_of(project, files, layers, prices)
    region = account.region if account else project.region
    once = first_cost(project, prices)
    plan = Plan(project, region, layers, weights, models, files, bill, once, found, why or note)
    return Ready(sam, plan, account)


def _models(project: Project, steps: Steps) -> tuple[Placed, ...]:
    if missing := building.missing_models(project):
        with steps.step(f"make models: {', '.join(missing)}") as say:
            building.make_models(project, say)
    return place_models(project.root / "models", gpu=project.gpu)


def _account(project: Project, steps: Steps, *, needed: bool) -> tuple[Account | None, str]:
    """The account; None, and why, where it cannot be asked and need not be."""
    try:
        account = open_account(project.profile, project.region)
    except CommandFailed as error:
        if needed:
            raise
        return None, error.message
    steps.done(f"credentials for an account in {account.region}")
    return account, ""


def _look(
    project: Project,
    account: Account,
    models: Sequence[Placed],
    files: Sequence[File],
    steps: Steps,
) -> Found:
    """What is deployed. Raises CommandFailed where it is in the way."""
    with steps.step(f"stack {project.stack}") as say:
        stack = stacks.settled(account, project.stack, say)
        check_state(stack)
        new = not stack.is_there or stack.is_stillborn
        if new:
            check_left(account, data_bucket(project.stack, account), project.stack)
        resources = () if new else stacks.resources(account, project.stack)
        bucket = Bucket(account, models_bucket(project, stack))
        if not bucket.name:
            return Found(stack, resources)
        if not is_there(account, bucket.name):
            raise CommandFailed(
                f"the bucket of models, {bucket.name}, is not there: make it in {account.region}, "
                "or leave ExistingModelsBucket empty and the stack makes one"
            )
        return Found(stack, resources, bucket.others(models), bucket.missing(files))


def check_state(stack: stacks.Stack) -> None:
    """Raises CommandFailed for a state that only a person can end, with how."""
    if stack.state in _STUCK:
        said = _STUCK[stack.state].format(name=stack.name)
        raise CommandFailed(f"stack {stack.name} is {stack.state}: {said}")


_STUCK = {
    "UPDATE_ROLLBACK_FAILED": (
        "CloudFormation could not undo an update. Mend what its events name, then `aws "
        "cloudformation continue-update-rollback --stack-name {name}`, and deploy again"
    ),
    "DELETE_FAILED": (
        "it was deleted, and something would not go. `samovar destroy` tries again and names it"
    ),
}


def _build(project: Project, sam: Sam, steps: Steps) -> None:
    if building.is_valid(project):
        steps.done("templates are valid, as before")
    else:
        with steps.step(f"sam validate --lint: {len(project.templates)} templates") as say:
            building.validate(project, sam, say)
    if building.is_built(project):
        steps.done("built already, of these sources")
        return
    with steps.step("compiled forms of models") as say:
        building.compile_models(project, sam, say)
    with steps.step(f"sam build for {project.architecture}") as say:
        building.build(project, sam, say)
