"""The endpoint's door: what SageMaker says of its calls by SNS, jobs' ends out. Wiring only."""

from samovar.wiring import gpu_result_handler

handler = gpu_result_handler()
