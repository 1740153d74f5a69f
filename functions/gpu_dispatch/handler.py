"""The heavy queue's door: messages that name jobs in, calls of the endpoint out. Wiring only."""

from samovar.wiring import heavy_dispatch_handler

handler = heavy_dispatch_handler()
