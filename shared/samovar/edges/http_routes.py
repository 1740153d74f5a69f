"""What answers at each path of the wide door: a table, and no framework."""

from collections.abc import Callable, Sequence

from samovar.edges import (
    catalogue,
    classifiers,
    collections,
    http_pages,
    jobs,
    metadata,
    openai_batches,
    openai_door,
    openai_files,
)
from samovar.edges.classify import classify
from samovar.edges.inference import Visit, answer
from samovar.edges.messages import Response
from samovar.edges.openai_models import shaped
from samovar.edges.rerank import rerank
from samovar.values import dataclass

Answer = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers at a path; `action` is its name in the log."""

    path: str
    action: str
    answer: Answer
    method: str = "GET"

    @property
    def has_body(self) -> bool:
        """Whether a request for it brings one."""
        return self.method in {"POST", "PUT"}


def routes(max_body_bytes: int) -> Sequence[Route]:
    """Every route. Those of one path with several methods stand side by side."""
    limit = max_body_bytes
    own = (*_models(limit), *_classifiers(limit), *_collections(limit), *_jobs(limit))
    return (*_protocol(limit), *own, *_openai(limit), *_DOCUMENTS)


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
        Route("/v1/models", "models", shaped(catalogue.list_models)),
        Route("/v1/models/{model}", "model", shaped(catalogue.show_model)),
        Route(one, "model", catalogue.show_model),
        Route("/v1/models/{model}/examples/{number}", "example", catalogue.show_example),
        Route("/v1/models/{model}/predict", "predict", _runs(limit), "POST"),
        Route(f"{one}/predict", "predict", _runs(limit), "POST"),
    )


def _classifiers(limit: int) -> Sequence[Route]:
    """Texts told apart by labels of the request, and labels saved as models."""
    one, change = "/v1/classifiers/{model}", classifiers.change_classifier
    create = classifiers.create_classifier
    return (
        Route("/v1/classify", "classify", lambda visit: classify(visit, limit), "POST"),
        Route("/v1/classifiers", "classifiers", classifiers.list_classifiers),
        Route("/v1/classifiers", "save", lambda visit: create(visit, limit), "POST"),
        Route(one, "classifier", classifiers.show_classifier),
        Route(one, "save", lambda visit: change(visit, limit), "PUT"),
        Route(one, "forget", classifiers.delete_classifier, "DELETE"),
    )


def _collections(limit: int) -> Sequence[Route]:
    """Sets of documents that are kept, and searched by meaning."""
    at, one = collections, "/v1/collections/{collection}"
    return (
        Route("/v1/collections", "collections", at.list_collections),
        Route(one, "collection", at.show_collection),
        Route(one, "fill", lambda visit: at.put_collection(visit, limit), "PUT"),
        Route(one, "empty", at.delete_collection, "DELETE"),
        Route(f"{one}/documents", "documents", at.list_documents),
        Route(f"{one}/documents", "fill", lambda v: at.change_collection(v, limit), "POST"),
        Route(f"{one}/search", "search", lambda v: at.search_collection(v, limit), "POST"),
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
        Route("/v1/rerank", "rerank", lambda v: rerank(v, limit), "POST"),
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
