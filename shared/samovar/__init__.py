"""samovar serves ONNX models from serverless functions.

Importing this package loads no third-party library: each module imports what it
needs, when it needs it, because every import is paid for at each cold start.
"""

__version__ = "0.1.0"
