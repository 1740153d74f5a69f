"""What each function weighs as built, against what Lambda takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed

from samovar_cli.deploying.parts import FUNCTION_TYPES, Part, of_type
from samovar_cli.terminal import size

LIMIT_BYTES = 250 * 1024 * 1024
"""Lambda's for a function and its layers, unzipped (262,144,000 bytes)."""
MOST_LAYERS = 5
_LAYER_TYPES = ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")


@dataclass(frozen=True, slots=True)
class Layer:
    """A built layer, and what weighs most in it (name → bytes, largest first)."""

    name: str
    bytes: int
    entries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Weight:
    """A function with its layers, unzipped."""

    function: str
    layers: tuple[str, ...]
    bytes: int

    @property
    def fits(self) -> bool:
        """Whether Lambda takes it."""
        return self.bytes <= LIMIT_BYTES and len(self.layers) <= MOST_LAYERS


def read_layers(found: Sequence[Part], built: Path) -> tuple[Layer, ...]:
    """The layers below a build's folder. Raises CommandFailed for one that is not built."""
    return tuple(_layer(part, built) for part in of_type(found, *_LAYER_TYPES))


def _layer(part: Part, built: Path) -> Layer:
    folder = built / str(part.properties["ContentUri"])
    if not folder.is_dir():
        raise CommandFailed(f"{part.name} is not built: {folder} is not there")
    # `python` and `models` are Lambda's own folders: what is in them says more
    inside = [each for top in sorted(folder.iterdir()) if top.is_dir() for each in top.iterdir()]
    weights = {each.name: bytes_of(each) for each in inside}
    ordered = dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
    return Layer(part.name, bytes_of(folder), ordered)


def weigh(found: Sequence[Part], layers: Sequence[Layer], built: Path) -> tuple[Weight, ...]:
    """Every function with its layers, the heaviest first."""
    by_name = {layer.name: layer.bytes for layer in layers}
    weights = [_weight(part, by_name, built) for part in of_type(found, *FUNCTION_TYPES)]
    return tuple(sorted(weights, key=lambda each: (-each.bytes, each.function)))


def _weight(part: Part, layers: Mapping[str, int], built: Path) -> Weight:
    named = tuple(name for name in part.properties.get("Layers", ()) if name in layers)
    code = _code(part, built)
    return Weight(part.name, named, bytes_of(code) + sum(layers[name] for name in named))


def _code(part: Part, built: Path) -> Path:
    """Where a function's code lies: relative to the template that it is in."""
    place: Any = part.properties.get("CodeUri", part.properties.get("Code", ""))
    return built.joinpath(*part.path[:-1], place if isinstance(place, str) else "")


def check_sizes(weights: Sequence[Weight], layers: Sequence[Layer]) -> None:
    """Raises CommandFailed where Lambda would refuse a function, with what weighs most."""
    over = [weight for weight in weights if not weight.fits]
    if not over:
        return
    heaviest = over[0]
    said = ", ".join(f"{weight.function} {size(weight.bytes)}" for weight in over)
    raise CommandFailed(
        f"too large for Lambda, which takes {size(LIMIT_BYTES)} unzipped and {MOST_LAYERS} "
        f"layers: {said}. {_largest(heaviest, layers)}A model whose model.toml says `bundle = "
        "false` goes to the bucket instead of the layer"
    )


def _largest(weight: Weight, layers: Sequence[Layer]) -> str:
    entries = [
        (name, count)
        for layer in layers
        if layer.name in weight.layers
        for name, count in layer.entries.items()
    ]
    largest = sorted(entries, key=lambda each: -each[1])[:5]
    listed = ", ".join(f"{name} {size(count)}" for name, count in largest)
    return f"Its largest parts: {listed}. " if listed else ""


def bytes_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where there is neither."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
