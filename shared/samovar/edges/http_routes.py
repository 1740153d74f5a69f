"""What answers at each path of the wide door: a table, and no framework."""

from collections.abc import Callable, Sequence

from samovar.edges import (
    catalogue,
    http_pages,
    jobs,
    metadata,
    openai_batches,
    openai_door,
    openai_files,
)
from samovar.edges.inference import Visit, answer
from samovar.edges.messages import Response
from samovar.values import dataclass

Answer = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers at a path; `action` is its name in the log."""

    path: str
    action: str
    answer: Answer
    method: str = "GET"


def routes(max_body_bytes: int) -> Sequence[Route]:
    """Every route. Those of one path with several methods stand side by side."""
    limit = max_body_bytes
    return (*_protocol(limit), *_models(limit), *_jobs(limit), *_openai(limit), *_DOCUMENTS)


def _protocol(limit: int) -> Sequence[Route]:
    """The Open Inference Protocol and Triton's extensions."""
    at = "/v2/models/{model}"
    one = "/v2/models/{model}/versions/{version}"
    infer, stats = _runs(limit), _runs(limit)
    return (
        Route("/v2", "server", metadata.server_metadata),
        Route("/v2/health/live", "live", metadata.server_live),
        Route("/v2/health/ready", "ready", metadata.server_ready),
        Route("/v2/models/stats", "stats", stats),
        Route("/v2/repository/index", "index", metadata.repository_index, "POST"),
        *(
            Route(f"{path}{end}", action, reply, method)
            for path in (at, one)
            for end, action, reply, method in (
                ("", "metadata", metadata.model_metadata, "GET"),
                ("/ready", "model_ready", metadata.model_ready, "GET"),
                ("/config", "config", metadata.model_config, "GET"),
                ("/stats", "stats", stats, "GET"),
                ("/infer", "infer", infer, "POST"),
            )
        ),
    )


def _models(limit: int) -> Sequence[Route]:
    """The API of models that is samovar's own."""
    one = "/v1/models/{model}/versions/{version}"
    return (
        Route("/v1/models", "models", catalogue.list_models),
        Route("/v1/models/{model}", "model", catalogue.show_model),
        Route(one, "model", catalogue.show_model),
        Route("/v1/models/{model}/examples/{number}", "example", catalogue.show_example),
        Route("/v1/models/{model}/predict", "predict", _runs(limit), "POST"),
        Route(f"{one}/predict", "predict", _runs(limit), "POST"),
    )


def _jobs(limit: int) -> Sequence[Route]:
    """Jobs and uploads; where the deployment has none, each says so."""
    one = "/v1/jobs/{job}"
    return (
        Route("/v1/jobs", "jobs", jobs.list_jobs),
        Route("/v1/jobs", "submit", lambda visit: jobs.submit_job(visit, limit), "POST"),
        Route(one, "job", jobs.show_job),
        Route(one, "cancel", jobs.cancel_job, "DELETE"),
        Route(f"{one}/result", "result", jobs.job_result),
        Route(f"{one}/errors", "errors", jobs.batch_errors),
        Route(f"{one}/redrive", "redrive", jobs.redrive_job, "POST"),
        Route("/v1/uploads", "upload", lambda visit: jobs.make_upload(visit, limit), "POST"),
    )


def _openai(limit: int) -> Sequence[Route]:
    """OpenAI's shapes: texts and embeddings, files and batches."""
    file, batch = "/v1/files/{file}", "/v1/batches/{batch}"
    return (
        Route("/v1/chat/completions", "chat", lambda v: openai_door.chat(v, limit), "POST"),
        Route("/v1/completions", "complete", lambda v: openai_door.complete(v, limit), "POST"),
        Route("/v1/embeddings", "embed", lambda v: openai_door.embed(v, limit), "POST"),
        Route("/v1/files", "files", openai_files.list_files),
        Route("/v1/files", "file", lambda visit: openai_files.create_file(visit, limit), "POST"),
        Route(file, "file", openai_files.show_file),
        Route(file, "file", openai_files.delete_file, "DELETE"),
        Route(f"{file}/content", "content", openai_files.file_content),
        Route("/v1/batches", "batches", openai_batches.list_batches),
        Route("/v1/batches", "batch", lambda v: openai_batches.create_batch(v, limit), "POST"),
        Route(batch, "batch", openai_batches.show_batch),
        Route(f"{batch}/cancel", "cancel", openai_batches.cancel_batch, "POST"),
    )


_DOCUMENTS = (
    Route("/", "home", http_pages.home),
    Route("/docs", "docs", http_pages.docs),
    Route("/openapi.json", "openapi", http_pages.openapi),
    Route("/healthz", "live", metadata.server_live),
)


def _runs(limit: int) -> Answer:
    """Infer, predict and statistics, exactly as the hot door answers them."""
    return lambda visit: answer(visit, limit)
