"""Graphs that find objects in pictures: those whose boxes a step reads, and those that none does.

The shapes are those that the field's exporters leave: Ultralytics (YOLOv5, v8 to v12), torchvision,
TensorFlow's detection models, DETR.
"""

from samovar_cli.adding.outcomes import Outcome, class_names, written
from samovar_cli.adding.pictures import Picture
from samovar_cli.adding.proposal import Facts, Output, table

_STRIDES = (8, 16, 32)
_ANCHORS = 3  # of a place, in YOLOv5 and before
_BOXES = ("box", "bbox")
_OTHERS = ("score", "label", "logit", "class")


def detection(facts: Facts, picture: Picture) -> Outcome | None:
    """The step that reads [rows, 4 + classes, places], as YOLOv8 and its heirs give; else None."""
    output = _places_last(facts, picture)
    if output is None:
        return None
    labels, notes = class_names(facts, output.name, output.shape[1] - 4)
    values, files = written(labels)
    step = table(
        "detect_boxes",
        "A box in the middle of each place, in pixels of the graph's picture, and a score for each",
        "class; of boxes that overlap the best stays. Boxes are told as shares of the picture.",
        boxes=output.name,
        form="cxcywh",
        input_size=[picture.height, picture.width],
        labels=values,
    )
    note = (
        "pictures are brought to the graph's size without a border; where it was trained with one "
        "(letterbox), boxes of long pictures are a little less exact"
    )
    return Outcome("detection", (step,), (*notes, note), files)


def reason(facts: Facts) -> str:
    """Why a detector's boxes are left as tensors; "" for what looks like no detector."""
    names = [output.name.lower() for output in facts.outputs]
    boxes = next((name for name in names if any(word in name for word in _BOXES)), "")
    others = any(word in name for name in names if name != boxes for word in _OTHERS)
    if boxes and others:
        return (
            f"it looks like an object detector ({', '.join(o.name for o in facts.outputs)}), whose "
            "answers stay tensors: a graph does not say whether its boxes are in pixels or shares, "
            "and which class is none; where they suit it, write the step detect_boxes into "
            "model.toml"
        )
    if any(map(_is_with_objectness, facts.outputs)):
        return (
            "it looks like YOLOv5 or before (boxes, one score for any object, one for each class), "
            "whose answers stay tensors: export it with its scores joined, or a newer one, for the "
            "step detect_boxes"
        )
    if len(facts.outputs) == 1 and facts.outputs[0].shape[1:] in ((300, 6), (100, 6)):
        return (
            "it looks like a detector that has sorted its boxes out itself (left, top, right, "
            "bottom, score, class), whose answers stay tensors: no step reads that form"
        )
    return ""


def _places_last(facts: Facts, picture: Picture) -> Output | None:
    """The only output, where it has a column for each place of a picture of this size."""
    if len(facts.outputs) != 1 or min(picture.height, picture.width) <= 0:
        return None
    output = facts.outputs[0]
    places = sum((picture.height // s) * (picture.width // s) for s in _STRIDES)
    fits = output.is_float and len(output.shape) == 3 and output.shape[2] == places
    return output if fits and output.shape[1] > 4 else None


def _is_with_objectness(output: Output) -> bool:
    """[rows, places, 5 + classes], for square pictures of a multiple of 32."""
    if not output.is_float or len(output.shape) != 3 or output.shape[2] < 6:
        return False
    return any(
        output.shape[1] == _ANCHORS * sum((side // s) ** 2 for s in _STRIDES)
        for side in range(128, 2049, 32)
    )
