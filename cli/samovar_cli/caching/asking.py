"""Whom a list of requests is put to: a samovar that listens, or the model in this process."""

import os
from pathlib import Path
from urllib.parse import quote

import orjson
from samovar.errors import CommandFailed
from samovar.settings import read_settings
from samovar.types import OIP_JSON, Payload

from samovar_cli.caching.warming import Ask
from samovar_cli.folder import Folder
from samovar_cli.server import find_server

_JSON = "application/json"


def server_asker(url: str, state_dir: Path, model: str, control: str) -> Ask:
    """Asks the samovar at a URL, else the twin that runs here. Raises CommandFailed."""
    server = find_server(url, state_dir)
    name = quote(model, safe="")
    headers = {"content-type": _JSON} | ({"cache-control": control} if control else {})

    def ask(body: bytes) -> str:
        path = f"/v2/models/{name}/infer" if _is_infer(body) else f"/v1/models/{name}/predict"
        return server.send("POST", path, body, headers).headers.get("x-samovar-cache", "")

    return ask


def here_asker(models: Path, model: str, control: str) -> Ask:
    """Runs the model here; what it answers goes to the deployment's store. Raises CommandFailed."""
    from samovar.edges.cached import Keeper
    from samovar.wiring import build_service

    Folder(models).check_name(model)
    settings = read_settings({**os.environ, "SAMOVAR_MODELS_DIR": str(models)})
    if not settings.has_jobs or settings.response_cache != "shared":
        raise CommandFailed(
            "--here keeps answers for a deployment: set SAMOVAR_JOBS_TABLE, SAMOVAR_JOBS_QUEUE_URL "
            "and SAMOVAR_DATA_BUCKET as its functions have them, or name a samovar with --url"
        )
    service = build_service(settings)
    spec = service.spec(model)
    if not spec.cache.ttl_s:
        raise CommandFailed(f"model '{model}' keeps no answers: write [cache] into its model.toml")
    if spec.cache.shared is False:
        raise CommandFailed(f"model '{model}' keeps its answers in each process: shared = false")

    def ask(body: bytes) -> str:
        payload = Payload(body, OIP_JSON if _is_infer(body) else _JSON, "warm")
        keeper = Keeper(service, spec, "", {"cache-control": control})
        keeper.predict(payload)
        return keeper.state

    return ask


def _is_infer(body: bytes) -> bool:
    return "inputs" in orjson.loads(body)
