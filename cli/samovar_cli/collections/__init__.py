"""`samovar collections`: sets of documents of a running samovar, filled and searched by meaning."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.jobs import AsJson, StateDir, Url

_TWIN = Path(".samovar")
FILL_EPILOG = f"""\
\b
Examples:
  $ samovar collections fill faq faq.jsonl
  $ samovar collections fill notes notes.txt --add
  $ samovar collections fill faq faq.jsonl --model minilm-small --url http://127.0.0.1:9000

Each line of a .jsonl file is a document, {{"text": "…", "id": "…", "metadata": {{…}}}}, of
which only the text is needed. Each line of any other file is a text. They are sent some at a
time, however many there are.

\b
{EXIT_STATUS_HELP}
"""
SEARCH_EPILOG = f"""\
\b
Examples:
  $ samovar collections search faq "When will my parcel arrive?"
  $ samovar collections search faq "refund" --top 3 --where lang=en

\b
{EXIT_STATUS_HELP}
"""

app = typer.Typer(
    help="Sets of documents: fill them, search them by what they mean.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="COLLECTION", help="Its name.")]


@app.command(epilog=FILL_EPILOG)
def fill(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Documents, a line each.")],
    model: Annotated[str, typer.Option(help="That reads them; the server's own if unsaid.")] = "",
    precision: Annotated[str, typer.Option(help="int8, float16 or float32.")] = "",
    add: Annotated[bool, typer.Option("--add", help="Keep what is there already.")] = False,
    url: Url = "",
    state_dir: StateDir = _TWIN,
    as_json: AsJson = False,
) -> None:
    """Make a collection of a file's lines, or add them to one."""
    from samovar_cli.collections.asking import Documents, read_documents, show_filled
    from samovar_cli.server import find_server

    chosen = {"model": model or None, "precision": precision or None}
    documents = Documents(name, read_documents(file), chosen, add=add)
    show_filled(documents.send(find_server(url, state_dir)), as_json=as_json)


@app.command(epilog=SEARCH_EPILOG)
def search(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Name,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What is looked for.")],
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many results.")] = 5,
    where: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What metadata must have.")
    ] = None,
    url: Url = "",
    state_dir: StateDir = _TWIN,
    as_json: AsJson = False,
) -> None:
    """Show the documents that mean most nearly what the query does."""
    from samovar_cli.collections.asking import found_in, show_found
    from samovar_cli.server import find_server

    found = found_in(find_server(url, state_dir), name, query, top, where or [])
    show_found(found, as_json=as_json)


@app.command(name="list")
def list_(url: Url = "", state_dir: StateDir = _TWIN, as_json: AsJson = False) -> None:
    """Show all collections, with their sizes."""
    from samovar_cli.collections.asking import show_all
    from samovar_cli.server import find_server

    show_all(find_server(url, state_dir).send("GET", "/v1/collections"), as_json=as_json)


@app.command()
def delete(name: Name, url: Url = "", state_dir: StateDir = _TWIN) -> None:
    """Forget a collection and its documents."""
    from samovar_cli.collections.asking import path_of
    from samovar_cli.server import find_server

    find_server(url, state_dir).send("DELETE", path_of(name))
    print(f"deleted {name}")
