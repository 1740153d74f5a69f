"""Model folders that no door may serve: what is wrong with each, and the code that says so."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import onnx_models as graphs

GOOD = graphs.doubled().SerializeToString()
WEIGHTS = b"\0" * 8
Write = Callable[[Path, str], Path]
"""Writes the folder of that name under a root, and returns it."""


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(**listed: bytes) -> str:
    lines = [f'"1/{name.replace("_", ".")}" = "{_sha(body)}"' for name, body in listed.items()]
    return "\n".join(["[files]", *lines, ""])


def _graph(content: bytes, manifest: str = "") -> Write:
    return lambda root, name: graphs.write_folder(root, name, content, manifest)


def _linked_graph(root: Path, name: str) -> Path:
    outside = root.parent / f"{name}-outside.onnx"
    outside.write_bytes(GOOD)
    folder = graphs.write_folder(root, name, GOOD)
    (folder / "1" / "model.onnx").unlink()
    (folder / "1" / "model.onnx").symlink_to(outside)
    return folder


def _linked_version(root: Path, name: str) -> Path:
    outside = graphs.write_folder(root.parent, f"{name}-outside", GOOD)
    folder = root / name
    folder.mkdir()
    (folder / "1").symlink_to(outside / "1")
    return folder


def _linked_manifest(root: Path, name: str) -> Path:
    outside = root.parent / f"{name}-secret.toml"
    outside.write_text("title = 'secret'")
    folder = graphs.write_folder(root, name, GOOD)
    (folder / "model.toml").symlink_to(outside)
    return folder


def _loop(root: Path, name: str) -> Path:
    folder = graphs.write_folder(root, name, GOOD)
    (folder / "1" / "model.onnx").unlink()
    (folder / "1" / "model.onnx").symlink_to("model.onnx")
    return folder


def _instead(make: Callable[[Path], object]) -> Write:
    """A folder whose graph is something else than a file."""

    def write(root: Path, name: str) -> Path:
        folder = graphs.write_folder(root, name, GOOD)
        (folder / "1" / "model.onnx").unlink()
        make(folder / "1" / "model.onnx")
        return folder

    return write


def _external(manifest: str, *, location: str = "weights.bin", weights: bool = True) -> Write:
    graph = graphs.with_external_data(location).SerializeToString()

    def write(root: Path, name: str) -> Path:
        folder = graphs.write_folder(root, name, graph, manifest)
        if weights:
            (folder / "1" / "weights.bin").write_bytes(WEIGHTS)
        return folder

    return write


def _external_link(root: Path, name: str) -> Path:
    folder = _external(_LISTED, weights=False)(root, name)
    outside = root.parent / f"{name}-outside.bin"
    outside.write_bytes(WEIGHTS)
    (folder / "1" / "weights.bin").symlink_to(outside)
    return folder


_LIST = '[onnx]\nexternal_data = ["weights.bin"]\n'
_LISTED = _LIST + f'[files]\n"1/weights.bin" = "{_sha(WEIGHTS)}"\n'
_ABSOLUTE = '[onnx]\nexternal_data = ["/etc/hostname"]\n'

BROKEN: Mapping[str, tuple[Write, str]] = {
    "empty-graph": (_graph(b""), "model_corrupt"),
    "text-graph": (_graph(b"version https://git-lfs.github.com/spec/v1\n"), "model_corrupt"),
    "cut-graph": (_graph(GOOD[:-7]), "model_corrupt"),
    "zeros": (_graph(bytes(1000)), "model_corrupt"),
    "no-graph-file": (
        _instead(lambda path: path.with_name("other.onnx").write_bytes(GOOD)),
        "model_corrupt",
    ),
    "directory-graph": (_instead(lambda path: path.mkdir()), "model_corrupt"),
    "fifo-graph": (_instead(os.mkfifo), "model_corrupt"),
    "device-graph": (_instead(lambda path: path.symlink_to("/dev/zero")), "model_unsafe"),
    "dangling-link": (_instead(lambda path: path.symlink_to("nowhere")), "model_corrupt"),
    "link-loop": (_loop, "model_corrupt"),
    "linked-graph": (_linked_graph, "model_unsafe"),
    "linked-version": (_linked_version, "model_unsafe"),
    "linked-manifest": (_linked_manifest, "model_unsafe"),
    "tampered": (_graph(GOOD, _files(model_onnx=GOOD + b"x")), "model_tampered"),
    "listed-file-missing": (
        _graph(GOOD, _files(model_onnx=GOOD, labels_txt=b"a")),
        "model_corrupt",
    ),
    "tokenizer-missing": (
        _graph(GOOD, '[input]\nkind = "text"\n[[pre]]\nstep = "tokenize"\n'),
        "model_corrupt",
    ),
    "manifest-fault": (_graph(GOOD, "titel = 1\n"), "manifest_invalid"),
    "manifest-no-toml": (_graph(GOOD, "title = \n"), "manifest_invalid"),
    "runner-outside": (
        _graph(GOOD, '[program]\nrunners = { model = "../x" }\n'),
        "manifest_invalid",
    ),
    "unknown-program": (_graph(GOOD, '[program]\nname = "magic"\n'), "manifest_invalid"),
    "external-data-unlisted": (_external(""), "model_unsafe"),
    "external-data-without-sha": (_external(_LIST), "model_unsafe"),
    "external-data-missing": (_external(_LISTED, weights=False), "model_corrupt"),
    "external-data-tampered": (
        _external(_LIST + f'[files]\n"1/weights.bin" = "{_sha(b"other")}"\n'),
        "model_tampered",
    ),
    "external-data-linked": (_external_link, "model_unsafe"),
    "external-data-outside": (_external(_LISTED, location="../../secret"), "model_unsafe"),
    "external-data-absolute": (_external(_ABSOLUTE, location="/etc/hostname"), "model_unsafe"),
    "external-data-in-memory": (_external(_LISTED, location="*/_ORT_MEM_ADDR_/*"), "model_unsafe"),
    "custom-domain": (_graph(graphs.with_domain("acme.ops").SerializeToString()), "model_unsafe"),
    "domain-like-a-trusted-one": (
        _graph(graphs.with_domain("com.microsoftish").SerializeToString()),
        "model_unsafe",
    ),
    "custom-domain-allowed-but-absent": (
        _graph(
            graphs.with_domain("acme.ops").SerializeToString(),
            '[onnx]\ncustom_domains = ["acme"]\n',
        ),
        "model_corrupt",  # onnxruntime has no such operators
    ),
    "compiled-blob": (
        _graph(graphs.with_domain("com.microsoft", "EPContext").SerializeToString()),
        "model_unsafe",
    ),
    **{
        f"external-data-in-{place.replace(' ', '-')}": (
            _graph(model.SerializeToString()),
            "model_unsafe",
        )
        for place, model in graphs.hidden_external_data().items()
    },
}


def write_broken(root: Path) -> Path:
    """All of them as folders under `root`, beside `good`, which works."""
    root.mkdir(parents=True, exist_ok=True)
    graphs.write_folder(root, "good", GOOD, _files(model_onnx=GOOD))
    for name, (write, _) in BROKEN.items():
        write(root, name)
    return root
