"""The ports of jobs put together: a part of samovar.wiring, under its rules."""

from typing import TYPE_CHECKING

from samovar.errors import SettingsInvalid
from samovar.settings import Settings

if TYPE_CHECKING:
    from samovar.adapters.s3_blobs import S3Blobs
    from samovar.ports import JobPorts


def job_ports(settings: Settings) -> "JobPorts":
    """The table, the queues and the bucket of this deployment. Raises SettingsInvalid."""
    import boto3

    from samovar.adapters.aws_clients import FORMS, QUICK
    from samovar.adapters.clock import SystemClock
    from samovar.adapters.dynamodb import DynamoJobTable
    from samovar.adapters.dynamodb_loads import DynamoLoadTable
    from samovar.adapters.s3_blobs import S3Blobs
    from samovar.adapters.s3_streams import S3Streams
    from samovar.adapters.sqs import SqsJobQueue
    from samovar.edges.observe import Observer
    from samovar.ports import JobPorts

    if not settings.has_jobs:
        raise SettingsInvalid(["SAMOVAR_JOBS_TABLE is not set: this deployment has no jobs"])
    sqs = boto3.client("sqs", config=QUICK)
    dynamodb = boto3.client("dynamodb", config=QUICK)
    heavy = settings.heavy_queue_url
    s3 = boto3.client("s3", config=FORMS)
    blobs = S3Blobs(s3, settings.data_bucket)
    return JobPorts(
        DynamoJobTable(dynamodb, settings.jobs_table),
        SqsJobQueue(sqs, settings.jobs_queue_url),
        blobs,
        SqsJobQueue(sqs, heavy) if heavy else None,
        SqsJobQueue(sqs, settings.events_queue_url) if settings.events_queue_url else None,
        links=blobs,
        heads=blobs,
        streams=S3Streams(s3, settings.data_bucket),
        loads=DynamoLoadTable(dynamodb, settings.jobs_table) if heavy else None,
        routed=Observer(settings, SystemClock()).routed,
    )


def data_bucket(settings: Settings) -> "S3Blobs":
    """The objects of this deployment's jobs."""
    import boto3

    from samovar.adapters.aws_clients import FORMS
    from samovar.adapters.s3_blobs import S3Blobs

    return S3Blobs(boto3.client("s3", config=FORMS), settings.data_bucket)
