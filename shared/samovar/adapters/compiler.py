"""Compiled forms of a graph, made by onnxruntime itself: it saves what it would make at opening."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from samovar.adapters.engine import ort
from samovar.adapters.model_files import inspect, sha256
from samovar.compiled import FileFact
from samovar.errors import CommandFailed
from samovar.values import dataclass

_LEAST_BYTES = "1024"  # of an initializer that is worth a mapping of its own
_HARDWARE = "com.microsoft.nchwc"
_BYTES = frozenset(
    (
        *("MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QAttention"),
        *("QLinearMatMul", "QLinearConv", "QGemm", "DynamicQuantizeLSTM"),
    )
)
"""Products that overflow without VNNI, unless onnxruntime rewrites them as it opens the graph:
a form is opened without that."""
_LEVELS = {
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
_PREPACKED = {"session.save_external_prepacked_constant_initializers": "1"}
_ORT = {"session.save_model_format": "ORT"}


@dataclass(frozen=True, slots=True)
class Save:
    """One way to save a graph: what the file is called, how far it is optimised, what is kept."""

    name: str
    level: str
    entries: Mapping[str, str]
    suffix: str = ".onnx"


SAVES: Sequence[Save] = (
    Save("mapped", "all", {}),
    Save("prepacked", "all", _PREPACKED),
    Save("ort", "all", _ORT, ".ort"),
    Save("portable", "extended", {}),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: the graph's file, and all files, by name."""

    save: Save
    file: str
    files: Mapping[str, FileFact]


def save_graph(source: Path, folder: Path, save: Save) -> Saved:
    """A graph saved in `folder` one way. Raises CommandFailed where onnxruntime cannot.

    The same graph, onnxruntime and CPU give the same bytes.
    """
    stem = f"{source.stem}.{save.name}"
    target, data = folder / f"{stem}{save.suffix}", folder / f"{stem}.bin"
    for stale in (target, data):
        stale.unlink(missing_ok=True)  # onnxruntime appends to what is there
    options = ort.SessionOptions()
    options.log_severity_level = 4  # it warns of files for one kind of CPU: a record says so
    options.intra_op_num_threads = 1
    options.graph_optimization_level = _LEVELS[save.level]
    options.optimized_model_filepath = str(target)
    for key, value in {**_external(save, data.name), **save.entries}.items():
        options.add_session_config_entry(key, value)
    try:
        ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
        raise CommandFailed(
            f"onnxruntime cannot save {source.name} as {save.name}: {error}"
        ) from None
    return Saved(save, target.name, _facts(target, data))


def _external(save: Save, data: str) -> dict[str, str]:
    if save.suffix != ".onnx":
        return {}
    key = "session.optimized_model_external_initializers"
    return {f"{key}_file_name": data, f"{key}_min_size_in_bytes": _LEAST_BYTES}


def _facts(*paths: Path) -> dict[str, FileFact]:
    facts = {}
    for path in paths:
        if path.is_file():
            path.chmod(0o644)
            facts[path.name] = file_fact(path)
    return facts


def file_fact(path: Path) -> FileFact:
    """A file's size and sha256."""
    return FileFact(path.stat().st_size, sha256(path))


def is_bound(folder: Path, saved: Saved) -> bool:
    """Whether a saved .onnx has operators whose layout, or whose bytes, are for this CPU."""
    found = inspect(folder / saved.file)
    return _HARDWARE in found.domains or any(name in _BYTES for _, name in found.operators)
