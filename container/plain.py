"""What the image runs without SageMaker: the API of `samovar serve`, on port 8080."""

import os

from samovar.serve import run_plain

if __name__ == "__main__":
    run_plain(os.environ)
