"""The reference's made-up weights as a graph in a file, opened as a model's graph is."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from samovar.adapters.onnx import OnnxRunner

from recipes.llama_graph import decoder
from recipes.llama_layers import Size
from recipes.onnxfile import save_graph
from tests.models import llama_reference as reference


@cache
def graph_file() -> Path:
    path = Path(mkdtemp(prefix="samovar-llama-")) / "decoder.onnx"
    write_graph(path)
    return path


def write_graph(path: Path, vocabulary: int = reference.VOCABULARY, places: int = 64) -> None:
    size = Size(
        layers=reference.LAYERS,
        width=reference.WIDTH,
        heads=reference.HEADS,
        shared_heads=reference.SHARED,
        vocabulary=vocabulary,
        places=places,
        rope_base=reference.BASE,
        epsilon=reference.EPSILON,
    )
    save_graph(decoder(reference.made_up(vocabulary=vocabulary), size), path)


def open_graph() -> OnnxRunner:
    return OnnxRunner(graph_file(), threads=1)
