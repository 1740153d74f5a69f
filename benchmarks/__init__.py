"""Measurements: interleaved in one run, medians with spread. `make bench` runs them all."""
