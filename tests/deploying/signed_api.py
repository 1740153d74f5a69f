"""An API in front of a server that lets in who signed for it, as API Gateway with IAM does."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class SignedApi:
    """`refused` counts those that were not let in."""

    def __init__(self, behind: str, credentials: Credentials, region: str) -> None:
        self.refused = 0
        self._behind, self._auth = behind, SigV4Auth(credentials, "execute-api", region)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Listen."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Any, body: bytes) -> tuple[int, str, bytes]:
        """What the server behind answers, or 403."""
        if not self._is_signed(request, body):
            self.refused += 1
            return 403, "application/json", b'{"message":"Forbidden"}'
        kept = ("content-type", "inference-header-content-length", "accept", "idempotency-key")
        headers = {key: request.headers[key] for key in kept if key in request.headers}
        url = f"{self._behind}{request.path}"
        found = httpx.request(request.command, url, content=body, headers=headers, timeout=30)
        return found.status_code, found.headers.get("content-type", ""), found.content

    def _is_signed(self, request: Any, body: bytes) -> bool:
        """Whether the signature is that of what came: method, path, headers, body and time."""
        fields = request.headers.get("authorization", "").partition(" ")[2].split(", ")
        said = dict(each.split("=", 1) for each in fields if "=" in each)
        names = said.get("SignedHeaders", "").split(";")
        if not {"host", "x-amz-date"} <= set(names):
            return False
        headers = {name: request.headers[name] for name in names}
        asked = AWSRequest(request.command, f"{self.url}{request.path}", headers=headers, data=body)
        asked.context["timestamp"] = request.headers["x-amz-date"]
        text = self._auth.string_to_sign(asked, self._auth.canonical_request(asked))
        return bool(self._auth.signature(text, asked) == said.get("Signature"))


def _handler(api: SignedApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, kind, answer = api.answer(self, body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_DELETE = do_GET  # noqa: N815 - as the library calls them

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
