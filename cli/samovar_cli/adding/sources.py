"""What was named: an ONNX file, an export's folder, or a model of Triton's or KServe's layout."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from samovar.adapters.directory import is_version
from samovar.errors import CommandFailed, ModelUnsafe

from samovar_cli.adding.admission import check_file
from samovar_cli.adding.fitted.opening import SUFFIXES
from samovar_cli.adding.triton import CONFIG, Config, read_config

_DULL = re.compile(r"model(?:[_.-].*)?|\d+|network|net|onnx|saved_model", re.IGNORECASE)
_MOST_FILES = 10_000
MANIFEST = "model.toml"


@dataclass(frozen=True, slots=True)
class Source:
    """The graph, and the files that come with it: where they go in the model's folder → path."""

    graph: Path
    name: str
    version: str = "1"
    files: Mapping[str, Path] = field(default_factory=dict)
    older: tuple[Path, ...] = ()  # the graphs of versions below
    config: Config | None = None  # of Triton
    said: str = ""  # how it was taken
    place: Path | None = None  # where a graph lay that is a copy

    @property
    def beside(self) -> Path:
        """The folder in which labels, tokenizers and configurations may lie."""
        return self.place or self.graph.parent


def find(path: Path) -> Source:
    """What a path stands for. Raises CommandFailed, ModelUnsafe, ModelCorrupt."""
    if not path.exists() and not path.is_symlink():
        raise CommandFailed(f"there is no file or folder {path}")
    if path.is_dir():
        return _folder(path)
    check_file(path, path.name)
    if path.suffix.lower() in SUFFIXES:
        raise CommandFailed(
            f"{path.name} holds an estimator of scikit-learn, and no graph yet: "
            f"`samovar models add {path} --sample rows.csv` makes one"
        )
    return Source(path, name_of(path), files={"1/model.onnx": path})


def members(path: Path) -> list[Path]:
    """The models' folders of a repository in the order of their names; none of anything else."""
    is_one = not path.is_dir() or path.is_symlink() or (path / MANIFEST).is_file()
    if is_one or _versions(path) or (path / CONFIG).is_file():
        return []
    return sorted(
        entry
        for entry in path.iterdir()
        if entry.is_dir() and (_versions(entry) or (entry / CONFIG).is_file())
    )


def _folder(path: Path) -> Source:
    if path.is_symlink():
        raise ModelUnsafe(f"{path} is a symbolic link: name the folder itself")
    if (path / MANIFEST).is_file():
        raise CommandFailed(
            f"{path} has a {MANIFEST}, so it is a model of samovar's already: copy the folder to "
            f"where your models are, and run `samovar models check {path.absolute().name}`"
        )
    versions = _versions(path)
    if versions or (path / CONFIG).is_file():
        return _repository_model(path, versions)
    inner = members(path)
    if inner:
        listed = ", ".join(entry.name for entry in inner[:12])
        raise CommandFailed(
            f"{path} is a repository of {len(inner)} models: name one of {listed}, such as "
            f"{inner[0]}"
        )
    return _export(path)


def _export(path: Path) -> Source:
    """A folder with one graph, as exporters leave it: beside it, or in `onnx`, or neither."""
    found = sorted(path.glob("*.onnx")) or sorted(path.glob("onnx/*.onnx"))
    if not found:
        raise CommandFailed(f"{path} holds no .onnx file, nor a version folder such as 1/")
    if len(found) > 1:
        listed = ", ".join(entry.name for entry in found[:12])
        raise CommandFailed(f"{path} holds {len(found)} graphs: name one of {listed}")
    graph = found[0]
    check_file(graph, graph.name)
    return Source(graph, name_of(graph), files={"1/model.onnx": graph})


def _repository_model(path: Path, versions: list[str]) -> Source:
    """A model's folder as Triton and KServe have it: every version is taken, as it is."""
    if not versions:
        raise CommandFailed(f"{path} has a {CONFIG} and no version folder such as 1/")
    config = read_config(path / CONFIG) if (path / CONFIG).is_file() else None
    graph_name = config.graph if config else "model.onnx"
    files = {name: entry for name, entry in _walk(path) if _is_taken(name)}
    for version in versions:
        if f"{version}/{graph_name}" not in files:
            raise CommandFailed(f"{path / version} holds no {graph_name}: samovar runs ONNX models")
    newest = versions[-1]
    name = (config.name if config else "") or path.absolute().name
    return Source(
        graph=path / newest / graph_name,
        name=_clean(name),
        version=newest,
        files=files,
        older=tuple(path / version / graph_name for version in versions[:-1]),
        config=config,
        said="taken as it is, a folder of Triton's and KServe's layout",
    )


def _walk(path: Path) -> list[tuple[str, Path]]:
    """Every file below, by its name from there. Raises ModelUnsafe for a link."""
    found = []
    for entry in sorted(path.rglob("*")):
        name = entry.relative_to(path).as_posix()
        if entry.is_symlink():
            raise ModelUnsafe(f"{name} is a symbolic link: copy the file itself there (cp -L)")
        if entry.is_file():
            found.append((name, entry))
        if len(found) > _MOST_FILES:
            raise CommandFailed(f"{path} holds over {_MOST_FILES} files: that is no model")
    return found


def _is_taken(name: str) -> bool:
    """Files of versions, the configuration, and what lies beside it; nothing hidden or of code."""
    parts = name.split("/")
    hidden = any(part.startswith(".") for part in parts)
    plain = len(parts) == 1 or parts[0].isdigit()
    return plain and not hidden and not name.endswith((".py", ".pkl", ".pickle", ".so", ".pyc"))


def _versions(path: Path) -> list[str]:
    found = [entry.name for entry in path.iterdir() if entry.is_dir() and is_version(entry.name)]
    return sorted(found, key=int)


def name_of(path: Path) -> str:
    """A model's name from its file's, or from the first folder above whose name says more."""
    names = (path.stem, *(parent.name for parent in path.absolute().parents))
    return _clean(next((name for name in names if name and not _DULL.fullmatch(name)), "model"))


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64] or "model"
