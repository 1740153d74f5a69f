"""What a job owes after any tries, and when: by property."""

from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st
from samovar.batch import Batch
from samovar.job_events import (
    MAX_LOG,
    SINKS,
    WAITS_S,
    Answer,
    asked_again,
    due_ms,
    due_sinks,
    event_of,
    noted,
    owes,
    tried,
)
from samovar.jobs import Job, Source, State, cancel

NOW = 1_795_339_800_000
answers = st.builds(
    Answer,
    status=st.sampled_from([0, 200, 204, 301, 404, 410, 429, 500]),
    retry_after_s=st.integers(0, 10**9),
    error=st.sampled_from(["", "", "delivery_failed"]),
    why=st.text(max_size=300),
    hopeless=st.booleans(),
)
tellings = st.lists(st.tuples(st.sampled_from(SINKS), answers), max_size=60)


def ended(*owed: str) -> Job:
    job = Job("a", "mood", "", Source(""), NOW, owed=owed, expires_s=NOW // 1000 + 10)
    return cancel(job, NOW)


def tell(job: Job, sink: str, answer: Answer, now_ms: int) -> Job:
    return noted(job, [tried(job, event_of(job), sink, answer, now_ms)])


@given(tellings)
def test_a_sink_is_owed_until_it_took_the_event_or_is_given_up(told: list) -> None:
    job, now_ms = ended(*SINKS), NOW
    for sink, answer in told:
        if sink not in job.owed:
            continue
        now_ms += 1000
        job = tell(job, sink, answer, now_ms)
        last = job.deliveries[-1]
        took = not answer.error and 200 <= answer.status < 300
        assert (last.error == "") == took
        assert (sink in job.owed) == bool(last.again_ms)
        assert not (took and sink in job.owed)
        assert last.number <= len(WAITS_S) + 1
        assert len(job.deliveries) <= MAX_LOG
        assert len(last.why) <= 200
        check_due(job, now_ms)


def check_due(job: Job, now_ms: int) -> None:
    """The next try is at the first time of those owed, and the item lives until then."""
    if not job.owed:
        assert not owes(job)
        assert (job.due_ms, due_sinks(job, 10**15)) == (0, ())
        return
    assert due_sinks(job, 10**15) == job.owed
    assert due_sinks(job, due_ms(job)) != ()
    if set(job.owed) <= {told.sink for told in job.deliveries}:
        assert due_sinks(job, due_ms(job) - 1) == ()
    assert job.expires_s * 1000 > due_ms(job)
    assert due_ms(job) <= now_ms + 86_400_000


@given(st.integers(0, 40))
def test_whatever_fails_is_given_up_after_as_many_tries_as_are_written(count: int) -> None:
    job = ended("webhook")
    for number in range(count):
        if owes(job):
            job = tell(job, "webhook", Answer(500), NOW + number)
    assert owes(job) == (count <= len(WAITS_S))
    assert len(job.deliveries) == min(count, len(WAITS_S) + 1)


@given(answers, st.integers(1, 10))
def test_a_wait_is_the_schedules_or_what_was_asked_for_and_a_day_at_most(
    answer: Answer, number: int
) -> None:
    job = ended("webhook")
    for _ in range(number - 1):
        job = tell(job, "webhook", Answer(500), NOW)
    again_ms = tell(job, "webhook", answer, NOW).deliveries[-1].again_ms
    if again_ms:
        wait_s = (again_ms - NOW) / 1000
        assert min(WAITS_S[number - 1], 86_400) <= wait_s <= 86_400
        asked = min(answer.retry_after_s, 86_400)
        assert wait_s == asked or wait_s <= 1.2 * WAITS_S[number - 1]


def test_asking_again_changes_what_is_due_and_nothing_else() -> None:
    job = tell(ended("webhook"), "webhook", Answer(500), NOW)
    again = asked_again(job, NOW + 7)
    assert due_ms(again) == NOW + 7
    assert again == replace(job, due_ms=NOW + 7, revision=job.revision + 1)


def test_jobs_that_fail_at_once_are_not_tried_again_at_once() -> None:
    waits = set()
    for number in range(50):
        job = replace(ended("webhook"), id=f"j{number}")
        for _ in range(3):
            job = tell(job, "webhook", Answer(500), NOW)
        waits.add(job.deliveries[-1].again_ms)
    assert len(waits) > 40


def test_a_batch_that_is_done_tells_of_its_rows() -> None:
    batch = Batch(rows=7, failed=2, done=3)
    done = replace(ended("webhook"), batch=batch, state=State.SUCCEEDED)
    assert orjson.loads(event_of(done).body)["data"]["batch"] == {"rows": 7, "failed": 2}
    assert "batch" not in orjson.loads(event_of(replace(done, state=State.CANCELLED)).body)["data"]
