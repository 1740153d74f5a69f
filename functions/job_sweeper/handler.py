"""The clock's door: lost jobs are sent again, late ones ended. Wiring only."""

from samovar.wiring import sweeper_handler

handler = sweeper_handler()
