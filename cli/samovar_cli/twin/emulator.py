"""The AWS emulator (ministack) as a child process, on loopback, with its state in a folder."""

import http.client
import os
import random
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.twin.family import Family

HOST = "127.0.0.1"
REGION = "us-east-1"
TEST_CREDENTIALS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_SESSION_TOKEN": "test",
}
_PORTS = range(14_570, 20_000)
_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 5.0
_STATE_FILE: Mapping[str, str] = {
    "ApiGatewayV2": "apigateway.json",
    "Events": "eventbridge.json",
    "Logs": "cloudwatch_logs.json",
}
"""Where a service's state lies, if not in a file of its own name: `AWS::SQS::…` in sqs.json."""


class Emulator:
    """ministack, started and stopped. It writes its state down when it is stopped."""

    def __init__(self, python: Path, state: Path, family: Family, port: int = 0) -> None:
        self._program = python.parent / "ministack"
        self._state = state
        self._family = family
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()

    @property
    def url(self) -> str:
        """Where every AWS service of the twin answers."""
        return f"http://{HOST}:{self.port}"

    def start(self, invoke_urls: Mapping[str, str]) -> None:
        """Start it. `invoke_urls`: function name → where its invocations are to be sent."""
        if not self._program.exists():
            raise CommandFailed(f"{self._program} is not there: run `make run`, which sets it up")
        self._state.mkdir(parents=True, exist_ok=True)
        proxies = {f"MINISTACK_LAMBDA_PROXY_{name}": url for name, url in invoke_urls.items()}
        with (self._state / "ministack.log").open("wb") as log:
            environment = {**self._environment(), **proxies}
            command = [str(self._program)]
            self._process = self._family.spawn(command, environment, self._state, log)

    def wait(self) -> None:
        """Return when it answers. Raises CommandFailed when it does not."""
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                raise CommandFailed(
                    f"ministack ended at once: {self._state}/ministack.log says why"
                )
            if time.monotonic() > deadline:
                raise CommandFailed(f"ministack does not answer: see {self._state}/ministack.log")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end, which saves its state; kill it when it will not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/_ministack/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._state),
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._state / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._state / "s3"),
            **TEST_CREDENTIALS,
        }


def prune_state(state: Path, resource_types: Iterable[str]) -> None:
    """Forget the services that the application does not use.

    ministack writes down every service it has loaded and loads each again on its next start;
    CloudFormation's module alone, which is done with by then, takes more than a second.
    """
    services = {kind.split("::")[1] for kind in resource_types}
    kept = {_STATE_FILE.get(service, f"{service.lower()}.json") for service in services}
    for path in (state / "services").glob("*.json"):
        if path.name not in kept:
            path.unlink()


def move_state(state: Path, old_url: str, new_url: str) -> None:
    """Have a kept state name the emulator's new address: queues are known by their URL."""
    for path in (state / "services").glob("*.json"):
        path.write_text(path.read_text("utf-8").replace(old_url, new_url), "utf-8")


def free_port() -> int:
    """A loopback port that nobody listens on, below those that systems hand to clients."""
    drawn = random.sample(_PORTS, 100)  # in order, two twins that start together would clash
    return next(port for port in drawn if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
