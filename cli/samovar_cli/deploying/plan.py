"""What a deployment is going to do, before it does any of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from samovar_cli.deploying.idle import Stored, idle_bill
from samovar_cli.deploying.parameters import defaults
from samovar_cli.deploying.placing import Placed
from samovar_cli.deploying.project import Project
from samovar_cli.deploying.redaction import masked
from samovar_cli.deploying.sizes import LIMIT_BYTES, Layer, Weight
from samovar_cli.deploying.stacks import Stack
from samovar_cli.deploying.uploading import File
from samovar_cli.simulate.prices import Prices

_LAYER = "AWS::Lambda::LayerVersion"  # its name changes with what is in it
Resource = tuple[tuple[str, ...], str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the account already."""

    stack: Stack
    resources: tuple[Resource, ...] = ()
    others: tuple[str, ...] = ()  # models in the bucket that are not here
    missing: tuple[File, ...] | None = None  # in the bucket; None where there is none yet


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is going to happen. `found` is None where no account was asked."""

    project: Project
    region: str
    layers: tuple[Layer, ...]
    weights: tuple[Weight, ...]
    models: tuple[Placed, ...]
    files: tuple[File, ...]  # that have to be in the bucket
    bill: Mapping[str, float]  # of a month in which nobody calls
    once: float = 0.0  # US dollars for deploying itself
    found: Found | None = None
    note: str = ""  # why no account was asked, or what to know of it

    @property
    def changed(self) -> dict[str, str]:
        """Parameters that are not the template's own, as they may be shown."""
        own = defaults(next(iter(self.project.templates.values())))
        values = self.project.values
        return {key: masked(said) for key, said in values.items() if said != own.get(key)}

    @property
    def moved(self) -> dict[str, tuple[str, str]]:
        """Parameters that the deployed stack has otherwise: what they are, what they become."""
        there = self.found.stack.parameters if self.found else {}
        values = self.project.values
        return {
            key: (masked(before), masked(values[key]))
            for key, before in there.items()
            if key in values and values[key] != before
        }

    @property
    def removed(self) -> tuple[str, ...]:
        """What the deployed stack has and the new one has not; of an inner stack, itself alone."""
        if self.found is None:
            return ()
        wanted = {part.path for part in self.project.parts()}
        return tuple(_removed(self.found.resources, wanted))

    @property
    def missing(self) -> tuple[File, ...]:
        """Files that are going to be uploaded, as far as it is known."""
        known = self.found.missing if self.found else None
        return self.files if known is None else known


def _removed(there: Sequence[Resource], wanted: set[tuple[str, ...]]) -> list[str]:
    gone = [(path, kind) for path, kind, _ in there if path not in wanted and kind != _LAYER]
    tops = {path for path, _ in gone}
    return [
        f"{'/'.join(path)} ({kind})"
        for path, kind in gone
        if not any(path[:cut] in tops for cut in range(1, len(path)))
    ]


def bill_of(
    project: Project, files: Sequence[File], layers: Sequence[Layer], prices: Prices
) -> Mapping[str, float]:
    """A month in which nobody calls, in US dollars by part."""
    stored = Stored(sum(file.bytes for file in files), sum(layer.bytes for layer in layers))
    return idle_bill(project.parts(), stored, project.architecture, prices)


def document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON; null where no account was asked. Nothing in it names an account."""
    project, found = plan.project, plan.found
    return {
        "stack": project.stack,
        "region": plan.region or None,
        "state": found.stack.state if found else None,
        "architecture": project.architecture,
        "parameters": plan.changed,
        "changes": {key: {"from": a, "to": b} for key, (a, b) in plan.moved.items()},
        "layers": [{"name": each.name, "bytes": each.bytes} for each in plan.layers],
        "functions": [
            {"name": each.function, "bytes": each.bytes, "limit_bytes": LIMIT_BYTES}
            for each in plan.weights
        ],
        "models": [
            {"name": each.name, "lane": each.lane, "to": each.place.value, "bytes": each.bytes}
            for each in plan.models
        ],
        "upload_bytes": sum(file.bytes for file in plan.missing),
        "idle_month": dict(plan.bill),
        "deploying_costs": plan.once,
        "note": plan.note or None,
        "removed": list(plan.removed) if found else None,
        "stays_in_bucket": list(found.others) if found else None,
    }
