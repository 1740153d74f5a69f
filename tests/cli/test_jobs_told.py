"""`samovar jobs show` of a job that is told of."""

from dataclasses import replace

from samovar.job_log import Told
from samovar.jobs import Job, Source, cancel

from tests.cli.job_server import Jobs, JobServer

NOW = 1_795_339_800_000


def test_a_job_shows_whom_it_owes_and_each_try(server: JobServer, jobs: Jobs) -> None:
    server.table.create(ended("told"))
    shown = jobs("show", "told").stdout
    said = " ".join(shown.split())
    assert "webhook https://hooks.example.com untold webhook told" in said
    assert "webhook at 2026-11-22T09:30:00.000Z: 503, again at 2026-11-22T09:30:05.000Z" in said
    assert "eventbridge at 2026-11-22T09:30:00.000Z: it is away" in said
    assert "token" not in shown


def test_a_webhook_is_an_option_of_submit(jobs: Jobs) -> None:
    refused = jobs("submit", "mood", "good", "--webhook", "http://example.com/")
    assert refused.exit_code != 0
    assert "webhook_refused" in refused.stderr


def ended(name: str) -> Job:
    webhook = "https://hooks.example.com/a?token=secret"
    job = Job(name, "mood", "1", Source("text/plain", b"good"), NOW, webhook=webhook)
    log = (
        Told("webhook", f"{name}-cancelled-0", NOW, 1, 503, "delivery_failed", "", NOW + 5000),
        Told("eventbridge", f"{name}-cancelled-0", NOW, 1, 0, "storage_unavailable", "it is away"),
    )
    fields = {"owed": ("webhook",), "deliveries": log, "due_ms": NOW + 5000}
    return replace(cancel(job, NOW), **fields)
