"""Where an answer came from, of a model whose answers are kept: its header, its part of the log."""

from collections.abc import Mapping
from typing import Any

CACHE_STATE = "x-samovar-cache"
"""The header: hit, hit-2, miss or bypass."""


def cache_fields(state: str) -> dict[str, Any]:
    """Of a request's line. The mean of `cache_hits` is the share that was not run."""
    hit, miss = state.startswith("hit"), state == "miss"
    return {"cache": state, "cache_hits": int(hit), "cache_misses": int(miss)}


def with_cache(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics of a line, with what `cache_fields` tells."""
    told = [{"Name": name, "Unit": "Count"} for name in ("cache_hits", "cache_misses")]
    return {**metrics, "Metrics": [*metrics["Metrics"], *told]}
