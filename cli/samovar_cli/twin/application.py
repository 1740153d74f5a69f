"""What a deployed template comes to: functions, routes and the names of its resources."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from samovar_cli.twin.mappings import QueueMapping


@dataclass(frozen=True, slots=True)
class Function:
    """One function as the template describes it, every intrinsic resolved."""

    logical: str  # its name in the template
    name: str  # its name in the account
    arn: str
    code: str  # its folder, relative to the template
    handler: str = "handler.handler"
    runtime: str = "python3.13"
    layers: tuple[str, ...] = ()  # their folders, relative to the template
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 3
    memory_mb: int = 128
    reserved: int | None = None  # most invocations at once; None: no limit of its own
    log_format: str = "Text"


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API and the function behind it."""

    key: str  # `POST /v1/models/{model}/predict`, `ANY /{proxy+}` or `$default`
    function: str  # the function's logical name


@dataclass(frozen=True, slots=True)
class Cors:
    """What API Gateway answers to browsers by itself; empty when the template sets nothing."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age_s: int | None = None
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Front:
    """What streams a function's answers: its own address, or a REST API's stage."""

    function: str  # the function's logical name
    stage: str = ""  # of a REST API; empty for a function URL
    cors: Cors = Cors()


@dataclass(frozen=True, slots=True)
class Application:
    """A deployed template."""

    functions: tuple[Function, ...]
    routes: tuple[Route, ...] = ()
    cors: Cors = Cors()
    api_id: str = "local"
    resources: Mapping[str, str] = field(default_factory=dict)  # logical name → physical id
    types: Mapping[str, str] = field(default_factory=dict)  # logical name → resource type
    aws_url: str = ""  # where the emulator answered when this was deployed
    mappings: tuple[QueueMapping, ...] = ()
    front: Front | None = None  # that streams

    def function(self, name: str) -> Function | None:
        """The function of that logical or physical name, ARN, or code folder's name."""
        wanted = name.rstrip("/").rpartition(":function:")[2].partition(":")[0]
        for function in self.functions:
            folder = function.code.rstrip("/").rpartition("/")[2]
            if wanted in {function.logical, function.name, folder}:
                return function
        return None

    def routed(self) -> tuple[Function, ...]:
        """The functions that a route or a front leads to, in the template's order."""
        targets = {route.function for route in self.routes}
        targets |= {self.front.function} if self.front else set()
        return tuple(function for function in self.functions if function.logical in targets)


def to_json(application: Application) -> str:
    """The application as JSON, to start from next time."""
    return json.dumps(asdict(application), indent=1)


def from_json(text: str) -> Application:
    """What `to_json` wrote."""
    values: dict[str, Any] = json.loads(text)
    values["functions"] = tuple(_function(entry) for entry in values["functions"])
    values["routes"] = tuple(Route(**entry) for entry in values["routes"])
    values["mappings"] = tuple(QueueMapping(**entry) for entry in values["mappings"])
    values["cors"] = _cors(values["cors"])
    front = values["front"]
    values["front"] = front and Front(**{**front, "cors": _cors(front["cors"])})
    return Application(**values)


def _function(entry: dict[str, Any]) -> Function:
    return Function(**{key: _frozen(value) for key, value in entry.items()})


def _cors(entry: dict[str, Any]) -> Cors:
    return Cors(**{key: _frozen(value) for key, value in entry.items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
