"""What the image runs: SageMaker's container contract, on port 8080 unless it says another."""

import os

from samovar.container import run_container

if __name__ == "__main__":
    run_container(os.environ, "0.0.0.0")  # noqa: S104 - SageMaker calls from outside
