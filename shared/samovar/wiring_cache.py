"""Kept answers put together: a part of samovar.wiring, under its rules."""

from typing import TYPE_CHECKING

from samovar.adapters.clock import SystemClock

if TYPE_CHECKING:
    from samovar.caching.cache import ResponseCache
    from samovar.caching.store import AnswerStore
    from samovar.settings import Settings


def build_cache(settings: "Settings") -> "ResponseCache | None":
    """What keeps answers, made when a model first asks for it; None where nothing is to."""
    if settings.response_cache == "off":
        return None
    from samovar.wiring_models import Lazy

    built: ResponseCache = Lazy(lambda: _cache(settings))  # type: ignore[assignment]  # stands for it
    return built


def _cache(settings: "Settings") -> "ResponseCache":
    from samovar.caching.cache import ResponseCache

    shared = settings.response_cache == "shared" and settings.has_jobs
    store: AnswerStore | None = None
    if shared:
        from samovar.wiring_models import Lazy

        store = Lazy(lambda: _store(settings))
    return ResponseCache(settings.response_cache_bytes, SystemClock(), store)


def _store(settings: "Settings") -> "AnswerStore":
    """The shared answers. Its clients give up soon: an answer is worked out meanwhile."""
    import boto3

    from samovar.adapters.aws_clients import ASIDE
    from samovar.adapters.dynamodb_answers import DynamoAnswers

    dynamodb, s3 = boto3.client("dynamodb", config=ASIDE), boto3.client("s3", config=ASIDE)
    table, bucket = settings.jobs_table, settings.data_bucket
    return DynamoAnswers(dynamodb, table, s3, bucket, SystemClock())
