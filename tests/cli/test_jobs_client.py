"""Jobs as a client of a server that is not always well, or is no samovar at all."""

from collections.abc import Mapping

import orjson
import pytest
from samovar.errors import CommandFailed, InvalidInput, SamovarError, StorageUnavailable
from samovar_cli.jobs.client import Jobs, seen
from samovar_cli.server import Answer, Server


class Scripted(Server):
    """Answers what it is told to, in order, and keeps what it was asked."""

    def __init__(self, *answers: SamovarError | Answer) -> None:
        super().__init__("http://127.0.0.1:9")
        self._answers = list(answers)
        self.keys: list[str] = []

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        self.keys.append((headers or {}).get("idempotency-key", ""))
        answer = self._answers.pop(0)
        if isinstance(answer, SamovarError):
            raise answer
        return answer


def answered(document: object, status: int = 202) -> Answer:
    return Answer(status, "application/json", orjson.dumps(document))


def test_a_submission_outlasts_a_passing_trouble_under_one_key() -> None:
    server = Scripted(StorageUnavailable("later"), answered({"id": "a"}))
    assert Jobs(server).submit({"model": "mood"}) == "a"
    assert len(server.keys) == 2
    assert len(set(server.keys)) == 1
    assert server.keys[0]


def test_two_submissions_have_two_keys_and_a_given_key_is_sent() -> None:
    server = Scripted(*[answered({"id": "a"})] * 3)
    jobs = Jobs(server)
    jobs.submit({})
    jobs.submit_as_is("mood", "", b"x", "text/plain")
    jobs.submit({}, "monday")
    assert len(set(server.keys)) == 3
    assert server.keys[2] == "monday"


def test_a_lasting_refusal_is_not_tried_again() -> None:
    server = Scripted(InvalidInput("no"), answered({"id": "a"}))
    with pytest.raises(InvalidInput):
        Jobs(server).submit({})
    assert len(server.keys) == 1


def test_a_deployment_without_jobs_is_said_so() -> None:
    server = Scripted(answered({"label": "good"}, status=200))
    with pytest.raises(CommandFailed, match="has no jobs"):
        Jobs(server).submit_as_is("mood", "", b"x", "text/plain")


@pytest.mark.parametrize("document", [{}, {"id": "a", "state": "lost"}, [], "a", None])
def test_what_is_no_job_is_said_so(document: object) -> None:
    with pytest.raises(CommandFailed, match="the server's answer is"):
        Jobs(Scripted(answered(document, status=200))).job("a")


def test_a_job_with_more_than_is_known_today_is_read() -> None:
    said = {"id": "a", "state": "failed", "model": "m", "version": "1", "attempt": 1}
    times = {"created": "2026-11-23T00:00:00.000Z", "timings_ms": {}}
    error = {"code": "from_the_future", "message": "hm"}
    job = seen({**said, **times, "error": error, "progress": 0.5})
    assert (job.went_wrong, job.code, job.document["progress"]) == (True, "from_the_future", 0.5)
