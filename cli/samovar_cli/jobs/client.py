"""Jobs as a server tells of them."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

import orjson
from samovar.errors import CommandFailed, SamovarError
from samovar.jobs import State

from samovar_cli.server import Answer, Server

PAGE = 100
_PAUSES_S = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """A job at one moment. Times are those of the server; None for what has not come yet."""

    id: str
    state: State
    model: str
    version: str
    attempt: int
    created: datetime | None
    timings_ms: Mapping[str, int]
    code: str
    message: str
    document: Mapping[str, Any] = field(repr=False)

    @property
    def went_wrong(self) -> bool:
        """Whether it ended without a result."""
        return self.state.final and self.state is not State.SUCCEEDED

    @property
    def batch(self) -> Mapping[str, Any]:
        """A batch's progress as the server says it; nothing of another job."""
        found = self.document.get("batch")
        return found if isinstance(found, dict) else {}


class Jobs:
    """The jobs of one server. Every method raises what the server refuses with."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def submit(self, wanted: Mapping[str, Any], key: str = "") -> str:
        """The id of the job that `POST /v1/jobs` makes of a submission."""
        headers = {"content-type": "application/json"}
        return _id_of(self._post("/v1/jobs", orjson.dumps(wanted), headers, key))

    def submit_as_is(
        self, model: str, version: str, body: bytes, content_type: str, key: str = ""
    ) -> str:
        """The id of the job that a request for predict becomes when it need not be awaited."""
        at = f"/versions/{quote(version, safe='')}" if version else ""
        path = f"/v1/models/{quote(model, safe='')}{at}/predict"
        headers = {"content-type": content_type} if content_type else {}
        return _id_of(self._post(path, body, {**headers, "prefer": "respond-async"}, key))

    def _post(self, path: str, body: bytes, headers: Mapping[str, str], key: str) -> Answer:
        """The answer, at the third try where the server has passing troubles.

        A key makes all tries the same job, also when one arrived whose answer was lost.
        """
        keyed = {**headers, "idempotency-key": key or uuid.uuid4().hex}
        for pause_s in _PAUSES_S:
            try:
                return self._server.send("POST", path, body, keyed)
            except SamovarError as error:
                if not error.retryable:
                    raise
            time.sleep(pause_s)
        return self._server.send("POST", path, body, keyed)

    def upload(self, name: str, body: bytes, content_type: str) -> str:
        """The id of an upload, done. Raises CommandFailed."""
        asked = orjson.dumps({"content_type": content_type, "size": max(len(body), 1)})
        answer = self._server.send("POST", "/v1/uploads", asked)
        form = answer.document()
        _put(str(form["url"]), form["fields"], name, body)
        return str(form["upload_id"])

    def upload_file(self, path: Path, content_type: str) -> str:
        """The id of an upload of a file, read as it is sent. Raises CommandFailed."""
        try:
            size = max(path.stat().st_size, 1)
            asked = orjson.dumps({"content_type": content_type, "size": size})
            form = self._server.send("POST", "/v1/uploads", asked).document()
            with path.open("rb") as file:
                _put(str(form["url"]), form["fields"], path.name, file)
        except OSError as error:
            raise CommandFailed(f"{path} cannot be read: {error.strerror}") from None
        return str(form["upload_id"])

    def job(self, job_id: str) -> Seen:
        """The job as it stands."""
        return seen(self._server.send("GET", _path(job_id)).document())

    def find(self, state: str, model: str, most: int) -> list[Seen]:
        """The newest jobs, `most` of them at most."""
        found: list[Seen] = []
        asked = {key: value for key, value in (("state", state), ("model", model)) if value}
        while len(found) < most:
            asked["limit"] = str(min(most - len(found), PAGE))
            page = self._server.send("GET", f"/v1/jobs?{urlencode(asked)}").document()
            found += map(seen, page["jobs"])
            if not page["cursor"]:
                break
            asked["cursor"] = page["cursor"]
        return found

    def result(self, job_id: str) -> Answer:
        """What predict would have answered."""
        return self._server.send("GET", f"{_path(job_id)}/result")

    def errors(self, job_id: str) -> Answer:
        """The errors of a batch's rows, a line each."""
        return self._server.send("GET", f"{_path(job_id)}/errors")

    def cancel(self, job_id: str) -> Seen:
        """The job, cancelled."""
        return seen(self._server.send("DELETE", _path(job_id)).document())

    def redrive(self, job_id: str) -> Seen:
        """The job, queued again."""
        self._server.send("POST", f"{_path(job_id)}/redrive")
        return self.job(job_id)


def seen(document: Mapping[str, Any]) -> Seen:
    """A job from its JSON. Raises CommandFailed where it is none."""
    try:
        error = document.get("error") or {}
        return Seen(
            id=str(document["id"]),
            state=State(document["state"]),
            model=str(document["model"]),
            version=str(document["version"]),
            attempt=int(document["attempt"]),
            created=_time(document["created"]),
            timings_ms=document["timings_ms"],
            code=str(error.get("code", "")),
            message=str(error.get("message", "")),
            document=document,
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        raise CommandFailed("the server's answer is no job that this samovar knows") from None


def _time(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said).astimezone(UTC) if said else None


def _path(job_id: str) -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}"


def _id_of(answer: Answer) -> str:
    """The id in a 202; a deployment without jobs answers predict at once, with 200."""
    if answer.status != 202:
        raise CommandFailed("this samovar has no jobs: it answered at once; use `samovar predict`")
    return str(answer.document()["id"])


def _put(url: str, fields: Mapping[str, str], name: str, body: bytes | BinaryIO) -> None:
    """Send a presigned form. The file comes last: storage reads no field after it."""
    import httpx

    form = {key: (None, value.encode()) for key, value in fields.items()}
    files: dict[str, Any] = {**form, "file": (name, body)}
    try:
        answer = httpx.post(url, files=files, timeout=None)  # noqa: S113 - as long as it takes
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandFailed(f"the upload failed: {str(error) or type(error).__name__}") from None
    if not answer.is_success:
        raise CommandFailed(f"the upload failed: storage answered {answer.status_code}")
