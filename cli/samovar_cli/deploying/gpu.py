"""What an endpoint needs before it can be made: its image, and a quota for its instances."""

from collections.abc import Sequence

from samovar.errors import CommandFailed

from samovar_cli.deploying.account import Account, aws, code_of
from samovar_cli.deploying.placing import Placed
from samovar_cli.deploying.project import Project
from samovar_cli.simulate.prices import Prices

_ABSENT = frozenset({"RepositoryNotFoundException", "ImageNotFoundException"})
FIRST_HOURS = 0.5
"""How long the instance lives that a new endpoint starts with, when nobody calls."""


def makes_endpoint(project: Project) -> bool:
    """Whether the stack makes an endpoint of its own."""
    return project.gpu and not project.values.get("ExistingEndpoint")


def check_endpoint(
    project: Project, account: Account, models: Sequence[Placed], others: Sequence[str]
) -> None:
    """Raises CommandFailed where an endpoint would fail ten minutes into the deployment.

    `others` lie in the bucket already, and are not here: they may be what it serves.
    """
    if not others and not any(model.uploaded and model.lane != "light" for model in models):
        raise CommandFailed(
            "Gpu=on makes an endpoint for models of the heavy lane, and none is built here: "
            "`make models-heavy` builds some, `samovar models add` brings yours"
        )
    _check_image(account, project.values["GpuImage"])
    kind, most = project.values["GpuInstanceType"], float(project.values["GpuMaxInstances"])
    quota = _quota(account, f"{kind} for endpoint usage")
    if quota is not None and quota < most:
        raise CommandFailed(
            f"the account may have {quota:.0f} × {kind} for endpoints and GpuMaxInstances is "
            f"{most:.0f}: ask for more under Service Quotas, Amazon SageMaker, "
            f"`{kind} for endpoint usage` (hours to days), or deploy with -p Gpu=off"
        )


def _check_image(account: Account, image: str) -> None:
    """Raises CommandFailed where the account's registry has no such image."""
    from botocore.exceptions import ClientError

    name, _, digest = image.partition("@")
    repository, _, tag = name.partition(":")
    which = {"imageDigest": digest} if digest else {"imageTag": tag or "latest"}
    with aws(f"looking for image {image}"):
        try:
            account.client("ecr").describe_images(repositoryName=repository, imageIds=[which])
        except ClientError as error:
            if code_of(error) not in _ABSENT:
                raise
            raise CommandFailed(
                f"this account's registry has no image {image} in {account.region}: build and push "
                "it first (docs/deploy.md, A GPU), or name another with -p GpuImage=NAME:TAG"
            ) from None


def _quota(account: Account, name: str) -> float | None:
    """A quota of SageMaker's; None where it cannot be read, which is no reason not to try."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = account.client("service-quotas").get_paginator("list_service_quotas")
        for page in pages.paginate(ServiceCode="sagemaker"):
            for each in page["Quotas"]:
                if each["QuotaName"] == name:
                    return float(each["Value"])
    except (BotoCoreError, ClientError):
        return None
    return None


def first_cost(project: Project, prices: Prices) -> float:
    """US dollars for the instance that a new endpoint starts with; 0 without one."""
    if not makes_endpoint(project):
        return 0.0
    return FIRST_HOURS * prices.each.get(f"instances.{project.values['GpuInstanceType']}", 0.0)
