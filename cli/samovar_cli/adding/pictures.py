"""Graphs that take pictures: where the channels are, what size, how pixels are scaled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from samovar.types import TensorSpec

from samovar_cli.adding.proposal import Facts, StepTable, table

_DATATYPES = ("FP32", "FP16", "UINT8")
_LAYOUTS = {"NCHW": (1, 2, 3), "NHWC": (3, 1, 2)}  # where channels, height and width are
_DEFAULT_SIDE = 224
_IMAGENET = 1000  # classes
_IMAGENET_MEAN, _IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
_PIL = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


@dataclass(frozen=True, slots=True)
class Picture:
    """The one input that is a picture; a side is −1 where the graph leaves it free."""

    spec: TensorSpec
    layout: str
    channels: int
    height: int
    width: int

    @property
    def why(self) -> str:
        """What was seen."""
        return f"it takes one tensor of pictures, {self.layout} with {self.channels} channel(s)"


def find(facts: Facts) -> Picture | None:
    """The picture that a graph takes, if it takes one and nothing else."""
    if len(facts.inputs) != 1:
        return None
    spec = facts.inputs[0]
    if len(spec.shape) != 4 or spec.datatype not in _DATATYPES or spec.shape[0] not in (-1, 1):
        return None
    for layout, (channel, tall, wide) in _LAYOUTS.items():
        channels, height, width = (spec.shape[axis] for axis in (channel, tall, wide))
        if channels in (1, 3) and height != 0 and width != 0 and 1 not in (height, width):
            return Picture(spec, layout, channels, height, width)
    return None


def steps(facts: Facts, picture: Picture, *, classifies: bool) -> tuple[StepTable, ...]:
    """Pixels → the tensor. Pictures keep their size where the graph takes any, and gives maps."""
    said = facts.hints.picture
    height, width = _side(picture.height), _side(picture.width)
    free = -1 in (picture.height, picture.width)
    if free and not classifies:
        return (_tensor(facts, picture, None),)
    sizes = [height, width]
    interpolation = _PIL.get(said.get("resample", -1), "bilinear")
    says = "Pictures of any size are brought to the graph's."
    if free:
        says = f"The graph takes pictures of any size; {_DEFAULT_SIDE} is the usual one."
    if _is_imagenet(facts, picture) and height == width and not said:
        crop = table("center_crop", size=sizes)
        short = table(
            "resize", "As ImageNet's models are measured: shorter side, then the middle.",
            size=round(height / 0.875), interpolation="bilinear",
        )  # fmt: skip
        return short, crop, _tensor(facts, picture, sizes)
    return (
        table("resize", says, size=sizes, interpolation=interpolation),
        _tensor(facts, picture, sizes),
    )


def notes(facts: Facts, picture: Picture) -> tuple[str, ...]:
    """What a person has to look at."""
    if facts.hints.picture or picture.spec.datatype == "UINT8":
        return ()
    note = (
        "a graph does not say how its pixels were scaled when it was trained: look at "
        "image_tensor's scale, mean and std in model.toml"
    )
    return (note,)


def _tensor(facts: Facts, picture: Picture, size: list[int] | None) -> StepTable:
    params: dict[str, Any] = {
        "tensor": picture.spec.name,
        "layout": picture.layout,
        "channels": "RGB" if picture.channels == 3 else "L",
        "datatype": picture.spec.datatype,
    }
    if size:
        params["size"] = size
    if picture.spec.datatype == "UINT8":
        return table("image_tensor", "Plain pixels, 0 to 255.", **params)
    scaling, says = _scaling(facts, picture)
    return table("image_tensor", *says, **params, **scaling)


def _scaling(facts: Facts, picture: Picture) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    said = facts.hints.picture
    if said:
        return _said_scaling(said, picture), ("As the preprocessor_config.json beside it says.",)
    if _is_imagenet(facts, picture):
        imagenet = (
            "A GUESS: 1,000 classes are ImageNet's, and torchvision's numbers the commonest.",
            "The graph does not say; look at how it was trained.",
        )
        return {"mean": _IMAGENET_MEAN, "std": _IMAGENET_STD}, imagenet
    words = (
        "A GUESS: pixels in [0, 1]. The graph does not say; look at how it was trained. For",
        "[-1, 1] write mean = 0.5, std = 0.5; for torchvision's models mean = [0.485, 0.456,",
        "0.406], std = [0.229, 0.224, 0.225]; for plain 0 to 255 scale = 1.0.",
    )
    return {}, words


def _said_scaling(said: Mapping[str, Any], picture: Picture) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if said.get("do_rescale") is False:
        found["scale"] = 1.0
    elif isinstance(said.get("rescale_factor"), float):
        found["scale"] = said["rescale_factor"]
    for key, name in (("mean", "image_mean"), ("std", "image_std")):
        value = said.get(name)
        listed = value if isinstance(value, list) and said.get("do_normalize", True) else []
        numbers = [float(one) for one in listed if type(one) in (int, float)]
        if len(numbers) == picture.channels:
            found[key] = numbers
    return found


def _is_imagenet(facts: Facts, picture: Picture) -> bool:
    colours = picture.layout == "NCHW" and picture.channels == 3
    return colours and any(output.width == _IMAGENET for output in facts.outputs)


def _side(size: int) -> int:
    return size if size > 0 else _DEFAULT_SIDE
