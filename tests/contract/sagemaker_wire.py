"""A SageMaker that writes down what came over the wire, and answers as it is told to."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

PREFIX = "x-amzn-sagemaker-"
DATA = "s3://samovar-data/results"


class SageMakerWire:
    """Listens on loopback. `status` and `code` are what the next answers are."""

    def __init__(self) -> None:
        self.status, self.code = 202, ""
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                wire.requests.append((self.command, self.path, headers, body))
                self._answer(headers)

            def _answer(self, headers: Mapping[str, str]) -> None:
                told = {"InferenceId": headers.get(f"{PREFIX}inference-id", "")}
                said = json.dumps({"Message": "no", "Code": wire.code} if wire.code else told)
                self.send_response(wire.status)
                if wire.code:
                    self.send_header("x-amzn-ErrorType", wire.code)
                else:
                    parts = ("s3outputpathextension", "filename")
                    name = "/".join(headers[PREFIX + part] for part in parts)
                    self.send_header("X-Amzn-SageMaker-OutputLocation", f"{DATA}/endpoint/{name}")
                    failure = f"{DATA}/endpoint-errors/{name}"
                    self.send_header("X-Amzn-SageMaker-FailureLocation", failure)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, *_: Any) -> None:
                """Nothing on standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def client(self, *, old: bool = False) -> Any:
        """A real client of this server; an old one has not heard of the parameters of 2026."""
        session = botocore.session.Session()
        if old:
            session.register_component("data_loader", _OldLoader())
        return session.create_client(
            "sagemaker-runtime",
            endpoint_url=self.url,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
        )

    def said(self) -> dict[str, str]:
        """SageMaker's own headers of the only request."""
        ((_, _, headers, _),) = self.requests
        return {
            name.removeprefix(PREFIX): value
            for name, value in headers.items()
            if name.startswith(PREFIX)
        }


class _OldLoader(Loader):
    """botocore's data as they were."""

    def __init__(self) -> None:
        super().__init__(include_default_search_paths=True)

    def load_service_model(self, *args: Any, **kwargs: Any) -> Any:
        model = super().load_service_model(*args, **kwargs)
        asked = model.get("shapes", {}).get("InvokeEndpointAsyncInput")
        for name in ("S3OutputPathExtension", "Filename") if asked else ():
            asked["members"].pop(name, None)
        return model
