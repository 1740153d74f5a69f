"""A samovar with jobs that listens: real HTTP, a worker in a thread, ports held in memory."""

import io
import threading
import time
import uuid
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import uvicorn
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.onnx import OnnxRunner
from samovar.batch_runs import BatchRunner
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.job_runs import JobRunner
from samovar.job_service import JobService
from samovar.jobs import Job, Upload
from samovar.ports import JobPorts
from samovar.service import Service
from samovar.settings import Settings
from starlette.requests import Request
from starlette.responses import Response
from typer.testing import Result

Jobs = Callable[..., Result]
"""Runs `samovar jobs …` against a server."""


class JobServer:
    """`working` is set while the worker works; clear it to see jobs that wait."""

    def __init__(self, models_dir: Path) -> None:
        clock, settings = SystemClock(), Settings(models_dir=models_dir)
        store = DirectoryStore(models_dir)
        host = LocalPredictor(store, lambda path: OnnxRunner(path, threads=1), clock)
        self.url = ""
        self.working = threading.Event()
        self.working.set()
        self.table, self.queue = _Table(self.working), MemoryJobQueue(clock)
        self.blobs = _Bucket(self)
        ports = JobPorts(self.table, self.queue, self.blobs)
        jobs = JobService(store, ports, clock, lambda: uuid.uuid4().hex)
        batches = BatchRunner(ports, self.blobs, store, clock)
        self._runner = JobRunner(ports, host, clock, batches=batches)
        observer = Observer(settings, clock, io.StringIO())
        app = build_app(Service(store, host), settings, observer, jobs)
        app.add_route("/bucket", self.blobs.take, methods=["POST"])
        config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._threads = [threading.Thread(target=run) for run in (self._server.run, self._work)]

    def start(self) -> None:
        """Listen, and work."""
        for thread in self._threads:
            thread.start()
        while not self._server.started:
            time.sleep(0.01)
        address = self._server.servers[0].sockets[0].getsockname()
        self.url = f"http://127.0.0.1:{address[1]}"

    def work_once_seen(self, *jobs: str) -> None:
        """Let the worker work only once somebody has looked at each of these."""
        self.working.clear()
        self.table.unseen = set(jobs)

    def end(self) -> None:
        """Stop listening and working."""
        self._server.should_exit = True
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._server.should_exit:
            deliveries = self.queue.receive() if self.working.is_set() else []
            kept = self._runner.run(deliveries, lambda: 60_000)
            for delivery in deliveries:
                if delivery not in kept:
                    self.queue.delete(delivery.receipt)
            time.sleep(0.01)


class _Table(MemoryJobTable):
    """Jobs, and which of them nobody has looked at yet."""

    def __init__(self, working: threading.Event) -> None:
        super().__init__()
        self._working = working
        self.unseen: set[str] = set()

    def get(self, job_id: str) -> Job | None:
        found = super().get(job_id)
        if job_id in self.unseen:
            self.unseen.discard(job_id)
            if not self.unseen:
                self._working.set()
        return found


class _Bucket(MemoryBlobs):
    """Objects whose presigned forms are taken over HTTP, as storage takes them."""

    def __init__(self, server: JobServer) -> None:
        super().__init__()
        self._server = server
        self._forms: dict[str, Upload] = {}
        self.taken: list[int] = []  # the bytes of each file

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        made = super().presign(key, content_type, max_bytes)
        self._forms[key] = made
        return Upload(made.id, f"{self._server.url}/bucket", made.fields, made.uri)

    async def take(self, request: Request) -> Response:
        """A form, of which the file is the last field."""
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + await request.body()).get_payload()
        assert isinstance(parts, list)
        fields = {_name(part): part.get_payload(decode=True) for part in parts}
        assert list(fields)[-1] == "file"
        body, key = fields["file"], fields["key"]
        assert isinstance(body, bytes)
        assert isinstance(key, bytes)
        self.upload(self._forms[key.decode()], body)
        self.taken.append(len(body))
        return Response(status_code=204)


def _name(part: "Message | str") -> str:
    assert isinstance(part, Message)
    return str(part.get_param("name", header="content-disposition"))


def submitted(jobs: Jobs, *words: object) -> str:
    """The id of a new job."""
    done = jobs("submit", *words)
    assert done.exit_code == 0, done.stderr
    (job_id,) = done.stdout.splitlines()
    return job_id
