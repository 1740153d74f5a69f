"""The events' door: messages that name ended jobs in, those to keep out. Wiring only."""

from samovar.wiring import events_handler

handler = events_handler()
