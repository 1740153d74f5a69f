"""The report as JSON has it."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from samovar_cli.optimising.gate import Result
from samovar_cli.optimising.order import Report
from samovar_cli.optimising.quality import Head
from samovar_cli.optimising.shown import doubts, notes


def document(report: Report, adopted: str = "") -> Mapping[str, Any]:
    """All that is in the table and more: every head, its facts, what overflows."""
    return {
        "model": report.name,
        "version": report.version,
        "rows": len(report.rows.asked),
        "calibrated_on": report.calibrated_on,
        "effort": asdict(report.effort),
        "on_gpu": report.on_gpu,
        "gate": asdict(report.gate),
        "original": asdict(report.original),
        "variants": [_of_result(result) for result in report.results],
        "doubts": list(doubts(report)),
        "best": report.best or None,
        "adopted": adopted or None,
    }


def _of_result(result: Result) -> Mapping[str, Any]:
    quality = result.quality
    return {
        "name": result.name,
        "says": result.says,
        "device": result.device,
        "not_made": result.made or None,
        "passed": result.passed,
        "refused": list(result.refused),
        "notes": list(notes(result)),
        "cost": asdict(result.cost) if result.cost else None,
        "heads": [_of_head(head) for head in quality.heads] if quality else [],
        "heads_in_a_batch": [_of_head(head) for head in quality.together] if quality else [],
        "differs_in_a_batch_by": _finite(quality.apart) if quality else None,
        "saturation": asdict(result.saturation) if result.saturation else None,
    }


def _of_head(head: Head) -> Mapping[str, Any]:
    facts = {name: _finite(value) for name, value in head.facts.items()}
    metrics = {
        one.name: {"original": _finite(one.original), "variant": _finite(one.variant)}
        for one in head.metrics
    }
    return {**asdict(head), "metrics": metrics, "facts": facts, "loss": _finite(head.loss)}


def _finite(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None
