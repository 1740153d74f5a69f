"""What the infer function weighs, unzipped: its code and its layers, as `sam build` has them."""

import shutil
from pathlib import Path

from benchmarks.interleave import Quantity
from benchmarks.pace import Pace
from benchmarks.places import BUILT, ROOT
from benchmarks.suite import Suite, Target, of

ARCHITECTURE = "x86_64"
_WHOLE = "infer + its layers, models aside"


def measure(pace: Pace) -> dict[str, Quantity]:
    """MB (10⁶ bytes) of each part. One round says all: a rebuild gives the same bytes."""
    from layers.build_layer import build

    found = {"infer": (ROOT / "functions" / "infer" / "handler.py").stat().st_size / 1e6}
    for _ in pace:
        for name in ("core", "runtime"):
            target = BUILT / "layers" / ARCHITECTURE / name
            shutil.rmtree(target, ignore_errors=True)
            build(name, ARCHITECTURE, target)
            found[f"{name} layer"] = _mb(target)
    return {
        name: Quantity(name, (mb,), "MB")
        for name, mb in {**found, _WHOLE: sum(found.values())}.items()
    }


def _mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


SUITE = Suite(
    name="size",
    says=f"The infer function and its layers for {ARCHITECTURE}, unzipped.",
    measure=measure,
    rounds=1,
    budget_s=40,
    quick=1,
    targets=(Target("size", "infer function + its layers, unzipped", of(_WHOLE), 120, "MB"),),
)
