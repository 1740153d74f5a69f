"""FastAPI through Mangum, with a client of S3: the function that most tutorials end with."""

import boto3
from fastapi_app import app
from mangum import Mangum

s3 = boto3.client("s3")
handler = Mangum(app, lifespan="off")
