"""Objects and notices of calls, through the AWS emulator."""

from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from samovar_cli.twin.deployment import client

_LIMIT_BYTES = 1024**3  # of an asynchronous call's input


class Unreadable(Exception):
    """An input that cannot be had; the text says why."""


class Cloud:
    """What an endpoint's role lets it do: read inputs, write answers, publish. It blocks."""

    def __init__(self, aws_url: str) -> None:
        self._s3: Any = client("s3", aws_url)
        self._sns: Any = client("sns", aws_url)

    def read(self, uri: str) -> bytes:
        """The object's bytes. Raises Unreadable."""
        parts = urlsplit(uri)
        if parts.scheme != "s3":
            raise Unreadable("the twin reads s3:// locations only")
        try:
            found = self._s3.get_object(Bucket=parts.netloc, Key=_key(uri))
            if found["ContentLength"] > _LIMIT_BYTES:
                raise Unreadable(f"{found['ContentLength']} bytes are over the limit of 1 GB")
            body: bytes = found["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise Unreadable(str(error)) from None
        return body

    def write(self, uri: str, body: bytes, content_type: str) -> bool:
        """Put an object; False where it could not be."""
        bucket, more = urlsplit(uri).netloc, {"ContentType": content_type} if content_type else {}
        try:
            self._s3.put_object(Bucket=bucket, Key=_key(uri), Body=body, **more)
        except (ClientError, BotoCoreError):
            return False
        return True

    def publish(self, topic: str, message: str) -> None:
        """Tell a topic; a notice that cannot be published is lost, as there."""
        try:
            self._sns.publish(TopicArn=topic, Message=message)
        except (ClientError, BotoCoreError):
            return


def _key(uri: str) -> str:
    return uri.split("/", 3)[3] if uri.count("/") >= 3 else ""
