"""The light queue's door: messages that name jobs in, those to keep out. Wiring only."""

from samovar.wiring import worker_handler

handler = worker_handler()
