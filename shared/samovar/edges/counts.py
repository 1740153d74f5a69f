"""What this process has run, in the form of the protocol's statistics extension."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from samovar.edges.messages import Response, json_response
from samovar.service import Service
from samovar.statistics import ModelStatistics

if TYPE_CHECKING:
    from samovar.edges.inference import Target


def statistics(service: Service, target: "Target") -> Response:
    """The counts of a model's versions, or of all models. Raises NotFound."""
    if target.version:
        service.ready(target.model, target.version)  # raises for a version that is not there
    run, kept = service.statistics(target.model), _kept(service, target.model)
    return json_response(
        {
            "model_stats": [
                _entry((model, version), run.get((model, version), _NEVER), kept)
                for model, version in sorted({*run, *kept})
                if target.version in ("", version)
            ]
        }
    )


_NEVER = ModelStatistics()


def _kept(service: Service, model: str) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Requests that a kept answer answered, and those that it could not, by version."""
    if service.cache is None or not service.keeps_any():
        return {}
    return {
        key: (one.hits + one.shared_hits, one.misses)
        for key, one in dict(service.cache.counts).items()
        if model in ("", key[0])
    }


def _entry(
    key: tuple[str, str],
    counts: ModelStatistics,
    kept: Mapping[tuple[str, str], tuple[int, int]],
) -> dict[str, Any]:
    """A version's counts: what was run, and what was answered by a kept answer instead."""
    (model, version), (hits, misses) = key, kept.get(key, (0, 0))
    nothing = {"count": 0, "ns": 0}
    return {
        "name": model,
        "version": version,
        "last_inference": counts.last_inference_ms,
        "inference_count": counts.success_count,
        "execution_count": counts.success_count,
        "inference_stats": {
            "success": {"count": counts.success_count, "ns": counts.success_ns},
            "fail": {"count": counts.fail_count, "ns": counts.fail_ns},
            "queue": nothing,
            "compute_input": nothing,
            "compute_infer": {"count": counts.success_count, "ns": counts.success_ns},
            "compute_output": nothing,
            "cache_hit": {"count": hits, "ns": 0},
            "cache_miss": {"count": misses, "ns": 0},
        },
        "batch_stats": [],
    }
