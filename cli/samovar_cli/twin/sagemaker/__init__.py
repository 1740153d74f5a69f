"""SageMaker's asynchronous inference on this machine: its contract, and the real container."""
