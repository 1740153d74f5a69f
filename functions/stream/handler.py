"""The streaming door: an event in, an answer out piece by piece. Wiring only."""

from samovar.wiring_stream import stream_handler

handler = stream_handler()
