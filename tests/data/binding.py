"""A step as a manifest asks for it, bound to files that are held in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from samovar.steps import build_step


def bound(
    step: str, *, files: Mapping[str, bytes] | None = None, **params: Any
) -> Callable[..., Any]:
    """The function of a step; the test fails where its parameters have faults."""
    built = build_step({"step": step, **params})
    assert not isinstance(built, list), built
    assert set(built.assets()) <= set(files or {})
    return built.bind(lambda name: (files or {})[name])


def faults(step: str, **params: Any) -> dict[str, str]:
    """The faults of a step's parameters, by key."""
    built = build_step({"step": step, **params})
    assert isinstance(built, list), f"{step} takes {params}"
    return {fault.key: fault.message for fault in built}
