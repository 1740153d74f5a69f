"""The graph that every peer runs, opened with the options that a user meets first."""

import os

import onnxruntime as ort


def open_graph(path: str = "") -> ort.InferenceSession:
    """The file of BENCH_MODEL, or another, with onnxruntime's default options.

    With BENCH_THREADS, in so many threads that do not spin: where only what is around the
    graph is compared, and for the floor.
    """
    options = ort.SessionOptions()
    if threads := os.environ.get("BENCH_THREADS"):
        options.intra_op_num_threads = int(threads)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    file = path or os.environ["BENCH_MODEL"]
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
