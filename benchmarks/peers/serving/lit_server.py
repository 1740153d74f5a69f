"""LitServe: an API of decode, predict and encode, `python lit_server.py`."""

import os
from typing import Any

import litserve as ls
import numpy as np
from graph import open_graph

_DTYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


class OnnxApi(ls.LitAPI):
    """Arrays in by name, the graph's output out."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - the device is LitServe's to name
        """Open the file."""
        self.session = open_graph()
        self.dtypes = {i.name: _DTYPES[i.type] for i in self.session.get_inputs()}

    def decode_request(self, request: dict[str, Any]) -> dict[str, np.ndarray]:
        """The request as arrays."""
        return {name: np.array(request[name], dtype) for name, dtype in self.dtypes.items()}

    def predict(self, x: dict[str, np.ndarray]) -> np.ndarray:
        """The graph's output."""
        return self.session.run(None, x)[0]

    def encode_response(self, output: np.ndarray) -> dict[str, Any]:
        """The output as lists."""
        return {"output": output.tolist()}


if __name__ == "__main__":
    server = ls.LitServer(OnnxApi(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False)
