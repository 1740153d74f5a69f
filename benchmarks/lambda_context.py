"""What Lambda hands a handler beside the event; nothing but the standard library."""


class Context:
    """What Lambda hands a handler beside the event."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"
    memory_limit_in_mb = 1769
    function_name = "bench"
    function_version = "1"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Milliseconds."""
        return 30_000
