"""The servers that are measured, each with its command and the protocol it speaks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from samovar_cli.twin.emulator import free_port

from benchmarks.peers.protocols import BENTO, LIT, V2, Protocol
from benchmarks.peers.subjects import Subject

ROOT = Path(__file__).resolve().parents[2]
SERVING = Path(__file__).parent / "serving"
OURS = ""
FOLDER = "{folder}"
"""In a command or a variable: the folder that is made for a server, and removed with it."""
BARE = "bare ASGI handler"
SERVE = "samovar serve"


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, and what it finds in its environment and its working folder.

    `home` is where it is to work, where that is not the folder that is made for it.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    home: Path | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: its environment of requirements/peer-….txt (ours is ""), and how it is started."""

    name: str
    environment: str
    launch: Callable[[Subject, int], Launch]
    protocol: Protocol = V2
    has_all_models: bool = False

    @property
    def binaries(self) -> Path:
        """Where the programs of its environment lie."""
        return _binaries(self.environment)


def launch(peer: Peer, subject: Subject, port: int) -> Launch:
    """What starts a peer: as its documentation says, with the model's path beside it."""
    found = peer.launch(subject, port)
    shared = {
        "BENCH_MODEL": str(subject.path),
        "BENCH_NAME": subject.name,
        "PYTHONPATH": str(SERVING),
        "PORT": str(port),
        "PATH": f"{peer.binaries}:/usr/bin:/bin",
    }
    return replace(found, environment={**shared, **found.environment})


def _binaries(environment: str) -> Path:
    return ROOT / (f".venvs/{environment}" if environment else ".venv") / "bin"


def _canned(_: Subject, __: int) -> Launch:
    return Launch((str(_binaries(OURS) / "python"), str(SERVING / "canned.py")))


def _bare_default(_: Subject, port: int) -> Launch:
    program = str(_binaries(OURS) / "uvicorn")
    options = ("--no-access-log", "--log-level", "warning")
    return Launch((program, "bare:app", "--port", str(port), *options))


def _bare(subject: Subject, port: int) -> Launch:
    # As ours: onnxruntime chooses how many threads, and none spins.
    return replace(_bare_default(subject, port), environment={"BENCH_THREADS": "0"})


def _serve(subject: Subject, port: int) -> Launch:
    program = str(_binaries(OURS) / "samovar")
    where = ("--models", str(ROOT / "models"), "--model", subject.name)
    return Launch((program, "serve", "--port", str(port), *where))


def _up(_: Subject, port: int) -> Launch:
    program = str(_binaries(OURS) / "samovar")
    where = ("--models", str(ROOT / "models"), "--state-dir", f"{FOLDER}/twin")
    quiet = ("--fresh", "--no-reload", "--no-gpu")
    return Launch((program, "up", "--port", str(port), *where, *quiet), home=ROOT)


def _fastapi(_: Subject, port: int) -> Launch:
    program = str(_binaries("peer-fastapi") / "fastapi")
    where = ("--host", "127.0.0.1", "--port", str(port))
    return Launch((program, "run", str(SERVING / "fastapi_app.py"), *where))


def _mlserver(settings: Mapping[str, object]) -> Callable[[Subject, int], Launch]:
    def launch_it(subject: Subject, port: int) -> Launch:
        ports = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port()}
        server = {"debug": False, "host": "127.0.0.1", **ports, **settings}
        model = {
            "name": subject.name,
            "implementation": "mlserver_runtime.OnnxRuntime",
            "parameters": {"uri": str(subject.path)},
        }
        files = {"settings.json": json.dumps(server), "model-settings.json": json.dumps(model)}
        return Launch((str(_binaries("peer-mlserver") / "mlserver"), "start", "."), {}, files)

    return launch_it


def _bentoml(subject: Subject, port: int) -> Launch:
    program = str(_binaries("peer-bentoml") / "bentoml")
    service = "bento_service:" + ("Digits" if subject.name == "digits" else "Encoder")
    where = ("--working-dir", str(SERVING), "--host", "127.0.0.1", "--port", str(port))
    return Launch(
        (program, "serve", service, *where),
        {"BENTOML_HOME": FOLDER, "BENTOML_DO_NOT_TRACK": "True"},
    )


def _litserve(_: Subject, __: int) -> Launch:
    return Launch((str(_binaries("peer-litserve") / "python"), str(SERVING / "lit_server.py")))


PEERS = (
    Peer("canned answer", OURS, _canned),
    Peer(BARE, OURS, _bare),
    Peer("bare handler, default session", OURS, _bare_default),
    Peer(SERVE, OURS, _serve),
    Peer("samovar up", OURS, _up, has_all_models=True),
    Peer("FastAPI", "peer-fastapi", _fastapi),
    Peer("MLServer", "peer-mlserver", _mlserver({})),
    Peer("MLServer, no worker pool", "peer-mlserver", _mlserver({"parallel_workers": 0})),
    Peer("LitServe", "peer-litserve", _litserve, LIT),
    Peer("BentoML", "peer-bentoml", _bentoml, BENTO),
)
