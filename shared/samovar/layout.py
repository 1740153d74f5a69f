"""How the files of a models folder are named, and the folders of a bucket."""

MANIFEST, LOCK = "model.toml", "model.lock"
"""What somebody says of a model, and what its build recorded; in the model's folder."""

SEALS = ".sealed"
"""The folder of seals, `<model>.json` each; beside the models' folders."""

CLASSIFIERS = "classifiers/"
"""The prefix of models that clients save, in the models bucket: whoever may write there may write
no other model.
"""
RETIRED = ".retired"
"""Beside such models: the last number that a name had which is gone, so that none comes again."""
