"""What this process has run, in the form of the protocol's statistics extension."""

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
    found = service.statistics(target.model)
    return json_response(
        {
            "model_stats": [
                _entry(model, version, counts)
                for (model, version), counts in sorted(found.items())
                if target.version in ("", version)
            ]
        }
    )


def _entry(model: str, version: str, counts: ModelStatistics) -> dict[str, Any]:
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
            "cache_hit": nothing,
            "cache_miss": nothing,
        },
        "batch_stats": [],
    }
