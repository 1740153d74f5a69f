"""Loads held in memory, for tests and simulations; one suite holds them and the table's alike."""

import threading

from samovar.routing import Load


class MemoryLoadTable:
    """Loads in a dictionary, and how often it was asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loads: dict[str, Load] = {}
        self.reads = self.writes = 0

    def get(self, name: str) -> Load:
        """What was last said under a name; an empty load where nothing was."""
        self.reads += 1
        return self._loads.get(name) or Load(name)

    def put(self, load: Load) -> Load | None:
        """Write a load over its last revision; where that is gone, the load as it stands."""
        with self._lock:
            self.writes += 1
            known = self._loads.get(load.name)
            if (known.revision if known else 0) != load.revision - 1:
                return known or Load(load.name)
            self._loads[load.name] = load
            return None
