"""A form with a file in it (multipart/form-data, RFC 7578), read whole."""

from io import BytesIO

from samovar.edges.messages import Request
from samovar.errors import InvalidInput, MalformedBody, UnsupportedMediaType
from samovar.values import dataclass

_MAX_FIELDS = 16
_MAX_FIELD_BYTES = 4096
_FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Form:
    """The texts of a form, and its one file."""

    fields: dict[str, str]
    file_name: str
    file: bytes


def read_form(request: Request, body: bytes) -> Form:
    """The form of a request. Raises UnsupportedMediaType, MalformedBody, InvalidInput."""
    from python_multipart import parse_form
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import Field, File

    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith(_FORM):
        raise UnsupportedMediaType(f"send the file as {_FORM}, not '{content_type[:80]}'")
    fields: dict[str, str] = {}
    files: list[tuple[str, str, bytes]] = []

    def take_field(field: Field) -> None:
        value = field.value or b""
        if len(fields) >= _MAX_FIELDS or len(value) > _MAX_FIELD_BYTES:
            raise InvalidInput(f"a form has {_MAX_FIELDS} fields of {_MAX_FIELD_BYTES} bytes")
        fields[_text(field.field_name)] = _text(value)

    def take_file(file: File) -> None:
        file.file_object.seek(0)
        files.append((_text(file.field_name), _text(file.file_name), file.file_object.read()))

    headers = {"Content-Type": content_type.encode("latin-1", "replace")}
    try:
        parse_form(headers, BytesIO(body), take_field, take_file)
    except (FormParserError, ValueError):
        raise MalformedBody("the body is not the form that its Content-Type says") from None
    if len(files) != 1 or files[0][0] != "file":
        raise InvalidInput("send one file, in the field 'file'")
    return Form(fields, files[0][1], files[0][2])


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
