"""FastAPI through Mangum, with a client of S3: the function that most tutorials end with."""

import sys
from pathlib import Path

import boto3
from mangum import Mangum

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "serving"))

from fastapi_app import app

s3 = boto3.client("s3", region_name="eu-central-1")
handler = Mangum(app, lifespan="off")
