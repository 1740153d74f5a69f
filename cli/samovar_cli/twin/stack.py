"""The twin's account: deployed once, kept between starts, made anew when the template changes."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import samovar

from samovar_cli.twin.application import Application, from_json, to_json
from samovar_cli.twin.emulator import Emulator, is_free, move_state, prune_state
from samovar_cli.twin.family import Family
from samovar_cli.twin.template import chosen_parameters, fingerprint, read_templates

_RECORD = "stack.json"


def relocated(application: Application, aws_url: str) -> Application:
    """The application with the addresses in its variables at the emulator's present port."""
    functions = tuple(
        replace(
            function,
            environment={
                name: value.replace(application.aws_url, aws_url)
                for name, value in function.environment.items()
            },
        )
        for function in application.functions
    )
    mappings = tuple(
        replace(mapping, queue_url=mapping.queue_url.replace(application.aws_url, aws_url))
        for mapping in application.mappings
    )
    return replace(application, functions=functions, mappings=mappings, aws_url=aws_url)


class Stack:
    """The template as it is deployed in a folder's emulator state."""

    def __init__(
        self, template: Path, account: Path, python: Path, parameters: Mapping[str, str]
    ) -> None:
        self._template = template
        self._account = account
        self._python = python
        self._parameters = parameters
        folder = template.parent / "stacks"
        files = [path for path in (template, *sorted(folder.glob("*.yaml"))) if path.is_file()]
        texts = [path.read_text("utf-8") for path in files]
        packages = (path.name for path in sorted(python.parent.parent.glob("lib/*/*/*.dist-info")))
        self._fingerprint = fingerprint(
            samovar.__version__, *texts, json.dumps(dict(parameters)), *packages
        )

    def known(self) -> Application | None:
        """The application as deployed before; None when there is none or the template changed."""
        try:
            record = json.loads((self._account / _RECORD).read_text("utf-8"))
            application = from_json(record["application"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return application if record["fingerprint"] == self._fingerprint else None

    def deploy(self, family: Family) -> Application:
        """Deploy it to an empty account and keep what came of it. Raises CommandFailed."""
        from samovar_cli.twin.deployment import deploy

        templates = read_templates(self._template)
        parameters = chosen_parameters(templates[self._template.name], self._parameters)
        shutil.rmtree(self._account, ignore_errors=True)
        emulator = self.emulator(family)
        emulator.start({})
        try:
            emulator.wait()
            application = deploy(emulator.url, templates, parameters)
        finally:
            emulator.stop()
        self._record(application)
        return application

    def emulator(self, family: Family) -> Emulator:
        """The account's emulator, not yet started, at its former port if that is free."""
        known = self.known()
        if known is None:
            return Emulator(self._python, self._account, family)
        prune_state(self._account, known.types.values())
        port = urlsplit(known.aws_url).port or 0
        emulator = Emulator(self._python, self._account, family, port if is_free(port) else 0)
        if emulator.url != known.aws_url:
            move_state(self._account, known.aws_url, emulator.url)
            self._record(relocated(known, emulator.url))
        return emulator

    def _record(self, application: Application) -> None:
        record: dict[str, Any] = {
            "fingerprint": self._fingerprint,
            "application": to_json(application),
        }
        (self._account / _RECORD).write_text(json.dumps(record), "utf-8")
