"""`samovar jobs watch`: a line a change in a log, a table on a terminal, until all are over."""

from datetime import UTC, datetime

import pytest
from rich.console import Console
from samovar.errors import StorageUnavailable
from samovar.jobs import State
from samovar_cli.jobs.client import Jobs as Client
from samovar_cli.jobs.client import Seen, seen
from samovar_cli.jobs.following import follow
from samovar_cli.jobs.views import span
from samovar_cli.jobs.watching import frame
from samovar_cli.server import Server

from tests.cli.job_server import Jobs, JobServer, submitted

SUMS = '{"row": {"a": [1, 2], "b": [3, 4]}}'


def a_job(name: str, state: State) -> Seen:
    now = datetime.now(UTC).isoformat()
    said = {"id": name, "state": state, "model": "mood", "version": "", "attempt": 1}
    return seen({**said, "created": now, "timings_ms": {}})


def drawn(jobs: list[Seen], count: int, most: int = 20) -> list[str]:
    console = Console(width=80, force_terminal=False)
    with console.capture() as shown:
        console.print(frame(jobs, count, most))
    return shown.get().splitlines()


def test_a_watch_without_a_terminal_prints_a_line_a_change(server: JobServer, jobs: Jobs) -> None:
    server.working.clear()
    waiting = [submitted(jobs, "mood", text) for text in ("good", "bad")]
    server.work_once_seen(*waiting)
    watched = jobs("watch", *waiting)
    assert watched.exit_code == 0, watched.stderr
    states: dict[str, list[str]] = {job: [] for job in waiting}
    for line in watched.stdout.splitlines():
        states[line.split()[0]].append(line.split()[1])
    for told in states.values():
        assert (told[0], told[-1]) == (State.QUEUED, State.SUCCEEDED)


def test_a_watch_of_all_takes_those_that_are_not_over(server: JobServer, jobs: Jobs) -> None:
    done = submitted(jobs, "sums", SUMS)
    jobs("watch", done)
    server.working.clear()
    waiting = submitted(jobs, "sums", SUMS)
    server.work_once_seen(waiting)
    watched = jobs("watch", "--model", "sums")
    assert watched.exit_code == 0, watched.stderr
    assert done not in watched.stdout
    assert f"{waiting}  succeeded  sums" in watched.stdout


def test_a_terminal_sees_a_table_and_a_bar(
    server: JobServer, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [submitted(jobs, "mood", text) for text in ("good", "bad")]
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = jobs("watch", *waiting)
    assert shown.exit_code == 0, shown.stderr
    assert "2 of 2 over" in shown.stdout
    assert "\x1b[" in shown.stdout


def test_the_table_has_those_that_go_on_first_and_says_how_many_it_leaves_out() -> None:
    states = [State.SUCCEEDED, State.FAILED, State.RUNNING, State.QUEUED, State.SUCCEEDED]
    found = [a_job(f"job-{number}", state) for number, state in enumerate(states)]
    lines = drawn(found, 6, most=3)
    assert [line.split()[0] for line in lines[1:4]] == ["job-2", "job-3", "job-0"]
    assert "2 more" in lines[4]
    assert "3 of 6 over" in lines[5]
    assert lines[6] == "1 queued · 1 running · 2 succeeded · 1 failed"
    assert all(len(line) <= 80 for line in lines)


class Stumbles(Client):
    """A server that now and then cannot say."""

    def __init__(self, answers: list[State | None]) -> None:
        super().__init__(Server("http://127.0.0.1:9"))
        self._answers = iter(answers)

    def job(self, job_id: str) -> Seen:
        state = next(self._answers)
        if state is None:
            raise StorageUnavailable("later")
        return a_job(job_id, state)


def test_a_passing_fault_of_the_server_does_not_end_the_watch() -> None:
    client = Stumbles([State.QUEUED, None, None, State.QUEUED, State.SUCCEEDED])
    pauses: list[float] = []
    states = [job.state for job in follow(client, ["a", "a"], pauses.append)]
    assert states == [State.QUEUED, State.SUCCEEDED]
    assert len(pauses) == 4
    assert pauses == sorted(pauses)


def test_a_server_that_can_never_say_ends_the_watch() -> None:
    with pytest.raises(StorageUnavailable):
        list(follow(Stumbles([None] * 100), ["a"], lambda _: None))


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (-5, "0 ms"),
        (0, "0 ms"),
        (999, "999 ms"),
        (1234, "1.2 s"),
        (12_345, "12 s"),
        (119_000, "119 s"),
        (180_000, "3 min"),
        (7_200_000, "2 h"),
        (172_800_000, "2 d"),
    ],
)
def test_a_span_is_said_in_the_unit_that_a_person_would_choose(ms: float, said: str) -> None:
    assert span(ms) == said
