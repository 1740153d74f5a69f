"""Text in pictures: PP-OCRv4's detector and recogniser, PP-OCR v2.0's classifier of orientation."""

import shutil
from pathlib import Path

import onnxruntime

from recipes import Metrics

PACKAGE = Path("rapidocr_onnxruntime/models")
GRAPHS = {
    "detect.onnx": "ch_PP-OCRv4_det_infer.onnx",
    "orient.onnx": "ch_ppocr_mobile_v2.0_cls_infer.onnx",
    "recognise.onnx": "ch_PP-OCRv4_rec_infer.onnx",
}


def build(weights: Path, out: Path) -> Metrics:
    """The three graphs as they were published, and the recogniser's characters beside them."""
    for name, published in GRAPHS.items():
        shutil.copyfile(weights / PACKAGE / published, out / name)
    characters = read_characters(out / "recognise.onnx")
    text = "".join(f"{character}\n" for character in characters)
    (out / "charset.txt").write_text(text, encoding="utf-8", newline="\n")
    return {"characters": len(characters)}


def read_characters(graph: Path) -> list[str]:
    """The characters that the recogniser's file carries in its metadata, by index less one.

    Its outputs are these between the blank and the space. Raises ValueError where they are not.
    """
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    held: list[str] = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    scores = session.get_outputs()[0].shape[-1]
    if len(held) + 2 != scores or any(len(character) != 1 for character in held):
        raise ValueError(f"{len(held)} characters, but the recogniser scores {scores}")
    return held
