"""The direct door: JSON in, JSON out, for Step Functions, EventBridge and the CLI. Wiring only."""

from samovar.wiring import direct_handler

handler = direct_handler()
