"""Jobs whose notice never came: what became of them is asked of the bucket."""

import zlib
from collections.abc import Sequence

from samovar.errors import SamovarError
from samovar.heavy_calls import call_id
from samovar.heavy_results import HeavyResults, Notice, Outcome
from samovar.jobs import Job
from samovar.ports import BlobHeads, Clock, JobPorts

_MOST = 100
_MINUTE_MS = 60_000


class LostNotices:
    """Ends running jobs of the heavy lane by the objects that their attempts have left."""

    def __init__(
        self, ports: JobPorts, heads: BlobHeads, results: HeavyResults, clock: Clock
    ) -> None:
        self._ports = ports
        self._heads = heads
        self._results = results
        self._clock = clock

    def look(self, running: Sequence[Job]) -> int:
        """How many jobs were moved. Of very many, each is looked at only every so often."""
        minute = self._now_ms() // _MINUTE_MS
        share = -(-len(running) // _MOST) or 1
        due = [job for job in running if (zlib.crc32(job.id.encode()) + minute) % share == 0]
        return sum(self._settle(job) for job in due)

    def _settle(self, job: Job) -> bool:
        """Whether the job was moved. What could not be done now is left to the next look."""
        try:
            notice = self._found(job)
            if notice is not None:
                outcome = self._results.finish(notice)
            elif job.lease_until_ms <= self._now_ms():
                outcome = self._results.lost(job)
            else:
                return False
        except SamovarError:
            self._tell(job)
            return False
        return outcome in (Outcome.ENDED, Outcome.AGAIN)

    def _found(self, job: Job) -> Notice | None:
        """The notice that the job's objects stand for; None where there are none yet."""
        name = call_id(job)
        answer = self._heads.head(job.output_uri)
        if answer is not None:
            kind = answer.content_type
            return Notice(name, ok=True, output_uri=job.output_uri, content_type=kind)
        if self._heads.head(job.failure_uri) is not None:
            return Notice(name, ok=False, failure_uri=job.failure_uri)
        return None

    def _tell(self, job: Job) -> None:
        """A message: if the job was ended and its answer not put beside it, that follows."""
        try:
            self._ports.queue_of(job).send([job.id])
        except SamovarError:
            return

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
