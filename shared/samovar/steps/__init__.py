"""Pre- and postprocessing steps by name.

`STEPS` maps a manifest's `step = "…"` to the module and class that has it, so that a
model loads only the steps it uses. A step class is a frozen dataclass: its fields are
the step's parameters, its `__post_init__` raises `ParamError` for a bad value.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from samovar.steps.params import build_dataclass
from samovar.types import Fault, Step

STEPS: Mapping[str, str] = {
    # image → image
    "resize": "samovar.steps.image:Resize",
    "center_crop": "samovar.steps.image:CenterCrop",
    "letterbox": "samovar.steps.image:Letterbox",
    "fit_ink": "samovar.steps.ink:FitInk",
    # image → tensor
    "image_tensor": "samovar.steps.image_tensor:ImageTensor",
    # text → tensor
    "tokenize": "samovar.steps.text:Tokenize",
    "text_tensor": "samovar.steps.text_tensor:TextTensor",
    # bytes → tensor
    "byte_windows": "samovar.steps.windows:ByteWindows",
    # row → row, row → tensor
    "impute": "samovar.steps.tabular:Impute",
    "category_map": "samovar.steps.tabular:CategoryMap",
    "columns": "samovar.steps.columns:Columns",
    # audio → audio, audio → tensor
    "resample": "samovar.steps.audio:Resample",
    "audio_tensor": "samovar.steps.audio:AudioTensor",
    "frame": "samovar.steps.audio:Frame",
    "log_mel": "samovar.steps.mel:LogMel",
    # tensor → tensor
    "scale": "samovar.steps.numeric:Scale",
    "one_hot": "samovar.steps.numeric:OneHot",
    "concat": "samovar.steps.numeric:Concat",
    "pool": "samovar.steps.embedding:Pool",
    "l2_normalize": "samovar.steps.embedding:L2Normalize",
    "softmax": "samovar.steps.scores:Softmax",
    "sigmoid": "samovar.steps.scores:Sigmoid",
    # text → text, before all other steps or after them
    "guard_pii": "samovar.steps.guard_pii:GuardPii",
    "guard_terms": "samovar.steps.guard_terms:GuardTerms",
    "guard_length": "samovar.steps.guard_length:GuardLength",
    "guard_language": "samovar.steps.guard_language:GuardLanguage",
    "guard_toxicity": "samovar.steps.guard_toxicity:GuardToxicity",
    "guard_schema": "samovar.steps.guard_schema:GuardSchema",
    # tensor → answer
    "classify": "samovar.steps.answers:Classify",
    "multilabel": "samovar.steps.answers:MultiLabel",
    "embedding": "samovar.steps.vectors:EmbeddingAnswer",
    "regression": "samovar.steps.vectors:Regression",
    "detect_boxes": "samovar.steps.boxes:DetectBoxes",
    "file_type": "samovar.steps.filetype:FileType",
}


def build_step(table: Mapping[str, Any]) -> Step | list[Fault]:
    """The step that a manifest's `[[pre]]` or `[[post]]` table asks for, or its faults."""
    name = table.get("step")
    if not isinstance(name, str) or name not in STEPS:
        return [Fault("step", f"unknown step {name!r}; known: {', '.join(sorted(STEPS))}")]
    params = {key: value for key, value in table.items() if key != "step"}
    built: Step | list[Fault] = build_dataclass(step_type(name), params)
    return built


def step_type(name: str) -> type[Any]:
    """The class of a step named in STEPS. Raises KeyError."""
    module, _, attribute = STEPS[name].partition(":")
    found: type[Any] = getattr(import_module(module), attribute)
    return found
