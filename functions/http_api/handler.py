"""The wide door: metadata, health, documentation and all that infer does not take. Wiring only."""

from samovar.wiring import http_handler

handler = http_handler()
