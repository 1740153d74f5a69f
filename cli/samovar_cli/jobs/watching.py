"""`samovar jobs watch`: a table that is always current, or a line a change for a log."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text
from samovar.errors import CommandFailed
from samovar.jobs import State

from samovar_cli.jobs.batches import progress_line
from samovar_cli.jobs.client import Jobs, Seen
from samovar_cli.jobs.following import follow
from samovar_cli.jobs.views import STYLES, jobs_table, took
from samovar_cli.server import Server
from samovar_cli.terminal import BAR_WIDTH, bar, console, one_line

_MOST = 1000


def watch_jobs(server: Server, ids: Sequence[str], model: str) -> None:
    """Watch jobs until all are over; without ids, those that are not over now.

    Raises CommandFailed where one ended without a result.
    """
    jobs = Jobs(server)
    watched = list(dict.fromkeys(ids)) or _unfinished(jobs, model)
    out = console()
    if not watched:
        out.print("No job is queued or running.", style="dim")
        return
    shown = _live if out.is_terminal else _lines
    ended = {job.id: job for job in shown(out, follow(jobs, watched), len(watched))}
    wrong = [job for job in ended.values() if job.went_wrong]
    if wrong:
        raise CommandFailed(
            f"{len(wrong)} of {len(watched)} jobs ended without a result; "
            f"`samovar jobs show {one_line(wrong[0].id)}` says why"
        )


def _unfinished(jobs: Jobs, model: str) -> list[str]:
    """Oldest first, as they will be run."""
    found = [
        job for state in (State.RUNNING, State.QUEUED) for job in jobs.find(state, model, _MOST)
    ]
    return [job.id for job in reversed(found)]


def _lines(out: Console, changes: Iterable[Seen], _: int) -> Iterator[Seen]:
    for job in changes:
        told = "" if job.state.final else progress_line(job)
        said = [one_line(job.id), str(job.state), one_line(job.model), took(job), told]
        said += [one_line(f"{job.message} ({job.code})")] if job.code else []
        out.print("  ".join(filter(None, said)), soft_wrap=True)
        yield job


def _live(out: Console, changes: Iterable[Seen], count: int) -> Iterator[Seen]:
    last: dict[str, Seen] = {}

    def drawn() -> RenderableType:  # ages grow between changes
        return frame(list(last.values()), count, most=max(out.height - 5, 3))

    with Live(console=out, refresh_per_second=4, get_renderable=drawn):
        for job in changes:
            last[job.id] = job
            yield job


def frame(jobs: Sequence[Seen], count: int, most: int) -> RenderableType:
    """What there is to see: the jobs that are not over before those that are, and a bar."""
    first = sorted(jobs, key=lambda job: job.state.final)
    more = [Text(f"… and {len(jobs) - most} more", "dim")] if len(jobs) > most else []
    return Group(jobs_table(first[:most]), *more, _bar(jobs, count))


def _bar(jobs: Sequence[Seen], count: int) -> Text:
    over = sum(job.state.final for job in jobs)
    said = Text().append(f"{bar(over / count):{BAR_WIDTH}}", "green")
    said.append(f"  {over} of {count} over\n")
    numbers = {state: sum(job.state is state for job in jobs) for state in State}
    there = [
        Text(f"{number} {state}", STYLES[state]) for state, number in numbers.items() if number
    ]
    return said.append(Text(" · ").join(there))
