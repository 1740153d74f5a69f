"""`samovar container`: the SageMaker container's server on this machine, without an image."""

import os
from pathlib import Path
from typing import Annotated

import typer
from samovar.errors import CommandFailed

from samovar_cli.models import ModelsDir

EPILOG = """\
\b
Examples:
  $ samovar container --model minilm-small
  $ curl 127.0.0.1:8080/invocations -H "content-type: text/plain" -d "A man is eating."

SIGTERM and Ctrl-C end it once what is under way is answered.
"""


def container(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 8080,
    models: ModelsDir = Path("models"),
    model: Annotated[
        list[str] | None, typer.Option(help="One to warm up; the first answers by default.")
    ] = None,
) -> None:
    """Serve models as the GPU container does: /ping, /invocations and /models."""
    from samovar.container import run_container

    if not models.is_dir():
        raise CommandFailed(f"there is no folder {models}; --models names the models' folder")
    asked = {
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAMOVAR_MODELS_DIR": str(models.resolve()),
        **({"SAMOVAR_PRELOAD": ",".join(model)} if model else {}),
    }
    print(f"http://127.0.0.1:{port} · /ping is 200 once the models are warm", flush=True)
    run_container({**os.environ, **asked}, "127.0.0.1", log_level="error")
