"""What to do about the reasons that deployments usually fail for."""

import re
from collections.abc import Mapping

_ADVICE: Mapping[str, str] = {
    r"ResourceLimitExceeded|account-level service limit|endpoint usage": (
        "the account has no quota for that instance: Service Quotas, Amazon SageMaker, `… for "
        "endpoint usage`; or deploy with -p Gpu=off"
    ),
    r"ReservedConcurrentExecutions|UnreservedConcurrentExecution": (
        "the account's concurrency is too small for ReservedConcurrency: ask for more, or leave it"
    ),
    r"-data-\S* already exists|BucketAlreadyOwnedByYou|BucketAlreadyExists": (
        "a bucket is left from an earlier stack of that name: `samovar destroy --buckets`, or "
        "another --stack"
    ),
    r"not authorized to perform|AccessDenied|is not authorized": (
        "these credentials may not do all of it: docs/deploy.md says what is needed"
    ),
    r"Unzipped size must be smaller|code storage limit|CodeStorageExceeded": (
        "Lambda's room is full: bundle fewer models, or delete old versions of functions and layers"
    ),
    r"ExpiredToken|security token included in the request is expired": (
        "the credentials ran out: log in again and run the same command, which goes on from there"
    ),
    r"Unable to locate credentials|NoCredentials": (
        "sam found no credentials: give them as the variables AWS_… or by --profile"
    ),
    r"repository with name .* does not exist|RepositoryNotFound|requested image not found": (
        "the container has to be in this account's registry first: docs/deploy.md, A GPU"
    ),
    r"in ROLLBACK_COMPLETE state": (
        "the stack was never made whole: run the same command again, which removes it first"
    ),
    r"_IN_PROGRESS state": (
        "somebody else is changing the stack: run the same command again, which waits"
    ),
    r"S3 Bucket not specified": (
        "there is no bucket to send the code to: `resolve_s3 = true` or `s3_bucket` in "
        "samconfig.toml"
    ),
}
"""What CloudFormation or SAM says (a pattern) → what to do about it."""


def advice(said: str) -> str:
    """A line for each known reason in what was said, "" where there is none."""
    found = [what for pattern, what in _ADVICE.items() if re.search(pattern, said)]
    return "".join(f"\n→ {what}" for what in found)
