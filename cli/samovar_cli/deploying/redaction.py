"""What is shown of an account: nothing that names it, and no key."""

import re

_QUERY = r"(?i)((?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token)=)[^&\s\"']+"
_MASKS = (
    (re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])"), "************"),  # an account's id
    (re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b"), "<key>"),
    (re.compile(_QUERY), r"\1…"),
    (re.compile(r"(?i)\b(aws_secret_access_key|aws_session_token)(\s*[=:]\s*)\S+"), r"\1\2…"),
)  # fmt: skip


def masked(text: str) -> str:
    """The text without account ids (12 digits on their own), access keys and signatures."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text
