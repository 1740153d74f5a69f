"""A runtime client for Lambda that streams answers, which AWS's own for Python does not."""
