"""The clock's door: now and then, what lost its message or its worker is sent again."""

from collections.abc import Mapping
from typing import Any

from samovar.edges.messages import status_of
from samovar.edges.observe import Exchange, Observer
from samovar.errors import SamovarError
from samovar.job_sweep import JobSweeper


class SweeperDoor:
    """A Lambda handler for a schedule. What the event says does not matter."""

    def __init__(self, sweeper: JobSweeper, observer: Observer) -> None:
        self._sweeper = sweeper
        self._observer = observer

    def __call__(self, _event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """How many jobs were touched. Raises Unavailable; the next time does it all again."""
        start = self._observer.start()
        function_id = getattr(context, "aws_request_id", "")
        seen = Exchange("schedule", function_id, function_id, action="sweep")
        try:
            touched = self._sweeper.sweep()
            seen.items = touched
        except SamovarError as error:
            seen.code = error.code
            seen.status = status_of(error)
            raise
        finally:
            self._observer.finish(start, seen)
        return {"touched": touched}
