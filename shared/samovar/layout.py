"""How the files of a models folder are named."""

MANIFEST, LOCK = "model.toml", "model.lock"
"""What somebody says of a model, and what its build recorded; in the model's folder."""

SEALS = ".sealed"
"""The folder of seals, `<model>.json` each; beside the models' folders."""
