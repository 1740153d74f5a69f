"""The SAM CLI: where it is, and running it so that a person sees what it says and no secret."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.deploying.redaction import masked

SETUP = ".venvs/.stamps/sam"
_KEPT_LINES = 400
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and the last it said, with nothing that names an account."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Sam:
    """The SAM CLI for one project."""

    program: Path
    root: Path
    environment: Mapping[str, str]

    def run(self, words: Sequence[str], say: Say) -> Said:
        """Run `sam …` in the project; each line goes to `say` as it comes."""
        return run_command([str(self.program), *words], self.root, self.environment, say)

    def lint(self, templates: Sequence[str], say: Say) -> Said:
        """What `sam validate --lint` says of templates, by its linter itself where it is beside.

        One process for all of them takes a sixth of the time.
        """
        linter = self.program.resolve().parent / "cfn-lint"
        if linter.is_file():
            return run_command([str(linter), *templates], self.root, self.environment, say)
        found = Said(0, "")
        for template in templates:
            if not found.status:
                found = self.run(["validate", "--lint", "--template", template], say)
        return found


def find_sam(root: Path, say: Say) -> Sam:
    """The project's own, else the one on PATH, else one that make sets up.

    Raises CommandFailed with the ways to get it.
    """
    own = root / ".venvs" / "sam" / "bin" / "sam"
    found = str(own) if own.is_file() else shutil.which("sam")
    if found is None and _can_set_up(root):
        said = run_make(root, (SETUP,), say)
        found = str(own) if said.status == 0 and own.is_file() else None
    if found is None:
        raise CommandFailed(
            "the SAM CLI is not there: `make " + SETUP + "` sets it up here, or install it "
            "(`pip install aws-sam-cli` in an environment of its own, or AWS's installer)"
        )
    return Sam(Path(found), root, sam_environment())


def _can_set_up(root: Path) -> bool:
    return (root / "Makefile").is_file() and shutil.which("make") is not None


def sam_environment() -> dict[str, str]:
    """Our own environment, for sam and make: no telemetry, nothing of an outer make."""
    left_out = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    own = {key: value for key, value in os.environ.items() if key not in left_out}
    return {**own, "SAM_CLI_TELEMETRY": "0", "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


def run_make(root: Path, targets: Sequence[str], say: Say) -> Said:
    """Run `make` in the project."""
    return run_command(["make", *targets], root, sam_environment(), say)


def run_command(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], say: Say
) -> Said:
    """Run a command, line by line. Ctrl-C ends it, too. Raises CommandFailed if it is not there."""
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    try:
        with subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as running:
            for line in running.stdout or ():
                kept.append(masked(line.rstrip()))
                say(kept[-1])
    except FileNotFoundError:
        raise CommandFailed(f"{words[0]} is not there") from None
    return Said(running.returncode, "\n".join(kept))


def last_lines(text: str, most: int = 12) -> str:
    """The end of what a command said, indented, without empty lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-most:])
