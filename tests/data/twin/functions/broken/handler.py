"""A function whose import fails."""

import a_module_that_is_nowhere  # noqa: F401 - it is not there, and that is the point


def handler(event, context):
    return None
