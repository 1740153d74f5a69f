"""A fresh process, as a function begins: run by its path, so that the command is not imported.

Its arguments are what it is to do, a folder of sealed models, a model's name and files of
requests; its last line on standard output says that it is done, and how.
"""

import os
import sys
from pathlib import Path

DONE = "samovar: done"


def answer(folder: Path, name: str, event: Path) -> str:
    """The infer function started, and asked once: the answer's status, and CPU time, ms."""
    from json import loads
    from time import process_time  # since the process began

    from samovar.wiring import hot_handler

    variables = {
        "SAMOVAR_MODELS_DIR": str(folder),
        "SAMOVAR_PRELOAD": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "SAMOVAR_LOG_LEVEL": "ERROR",
    }
    response = hot_handler(variables)(loads(event.read_bytes()), None)
    return f"{response['statusCode']} {process_time() * 1e3}"


def memory(folder: Path, name: str, body: Path, content_type: str, count: str) -> str:
    """What one run of so many requests has taken, MB: before the model was opened, and at last."""
    from samovar import pipeline
    from samovar.settings import Settings
    from samovar.types import Payload
    from samovar.wiring import load_model
    from samovar.wiring_start import import_engine

    from samovar_cli.adding.child import peak_mb

    import_engine()
    before = peak_mb()
    model = load_model(Settings(models_dir=folder, memory_mb=1769), name)
    pipeline.infer_many([Payload(body.read_bytes(), content_type)] * int(count), model)
    return f"{before} {peak_mb()}"


def main() -> None:
    """Do what the arguments say; its end is not timed, as a function that answered goes on."""
    do, folder, name, file, *rest = sys.argv[1:]
    where = Path(folder)
    said = (
        answer(where, name, Path(file))
        if do == "answer"
        else memory(where, name, Path(file), *rest)
    )
    print(f"\n{DONE} {said}", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
