"""How AWS clients are to be made, for the functions: none may use up an invocation by waiting."""

from botocore.config import Config

HANDS = 16
"""Calls at a time of one process: a worker's batch of 32 waits for AWS twice, not 32 times."""

QUICK = Config(
    max_pool_connections=HANDS,
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
)
"""For DynamoDB and SQS, in whose place boto3 waits a minute and tries ten times."""

CALLS = QUICK.merge(Config(read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}))
"""For an endpoint, which is called again by the queue: 12 seconds at the most."""

FORMS = QUICK.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
"""For S3 where uploads are presigned: left to itself, boto3 signs forms in the old way in some
regions, and sends them to an address that a new bucket only redirects from."""

BRIEF = QUICK.merge(Config(read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}))
"""For who is told of jobs' ends: what fails is tried again by its own schedule."""

ASIDE = QUICK.merge(
    Config(
        connect_timeout=0.5, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1}
    )
)
"""For kept answers, which somebody waits for who could have one without."""


def texts(answer_s: float) -> Config:
    """For an endpoint that generates, of which whoever waits hears after so many seconds.

    Once: a text that took too long would only be said again, for nobody.
    """
    return QUICK.merge(
        Config(read_timeout=answer_s, retries={"mode": "standard", "total_max_attempts": 1})
    )
