"""The hot door: an API Gateway event in, an answer out. Wiring only."""

from samovar.wiring import hot_handler

handler = hot_handler()
