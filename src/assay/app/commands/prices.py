"""Commands on the price book: what models cost on which day, and what the data lack in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

prices_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What models cost on which day: the price book, and what the data lack in it.",
)

Book = Annotated[
    str | None,
    typer.Option(
        "--prices",
        metavar="PATH",
        help="Another price book than params/prices: a folder, a glob, or a table of prices.",
    ),
]
On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="The day that counts; today by default.")
]
Provider = Annotated[str | None, typer.Option(metavar="NAME", help="Only models of this provider.")]


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(prices_app, name="prices")


@prices_app.command("list")
def prices_list(
    provider: Provider = None, on: On = None, book: Book = None, as_json: AsJson = False
) -> None:
    """List what each model costs on a day, in USD per million tokens.

    Models whose price has ended, or had not begun, are counted below the list.

    Example: assay prices list --provider anthropic --on 2026-06-01
    """
    from assay.app.prices import list_prices  # noqa: PLC0415  keeps --help fast

    list_prices(provider=provider, on=on, book=book, as_json=as_json)


@prices_app.command("show")
def prices_show(
    model: Annotated[str, typer.Argument(help="A model, as a log or the price book names it.")],
    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose bill it is, as a log names it.")
    ] = None,
    on: On = None,
    book: Book = None,
    as_json: AsJson = False,
) -> None:
    """Show all prices of a model with their days and sources, and which counts on a day.

    Says by which rule the name was found, and whose price it is.

    Example: assay prices show claude-3-5-haiku@20241022 --provider vertex_ai --on 2025-01-15
    """
    from assay.app.prices import show_prices  # noqa: PLC0415  keeps --help fast

    show_prices(model, provider=provider, on=on, book=book, as_json=as_json)


@prices_app.command("missing")
def prices_missing(
    data: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Other interactions than the set's: file, glob, store."),
    ] = None,
    set_name: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="NAME",
            help="Set of params/cost.yaml whose data and prices are read; by default the first.",
        ),
    ] = None,
    book: Book = None,
    as_json: AsJson = False,
) -> None:
    """List models of the data without a price, with their share of tokens.

    A model without a price is never costed 0: what it costs is unknown until the price book has a
    line for it. Prices that rest on an assumption are listed, too.

    Example: assay prices missing --data store:interactions
    """
    from assay.app.prices import show_missing  # noqa: PLC0415  keeps --help fast

    show_missing(data=data, set_name=set_name, book=book, as_json=as_json)


@prices_app.command("import")
def prices_import(
    file: Annotated[Path, typer.Argument(help="LiteLLM's price table: JSON, or CSV.")],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Day on which the table holds.")
    ],
    provider: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Take prices of this provider; again for more. By default those of the book.",
        ),
    ] = None,
    known: Annotated[
        bool, typer.Option("--known", help="Add no models that the book does not have.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Take prices that rise or fall tenfold, too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and write nothing.")] = False,
    book: Book = None,
    as_json: AsJson = False,
) -> None:
    """Merge LiteLLM's price table into the price book, as it holds on a day.

    A price that differs from the one in force on that day becomes a new dated line. Nothing that is
    written is altered, and comments stay. Prices that cannot be meant are held back and named.

    Example: assay prices import model_prices_and_context_window.json --as-of 2026-11-01 --dry-run
    """
    from assay.app.price_import import import_prices  # noqa: PLC0415  keeps --help fast

    import_prices(
        file,
        as_of=as_of,
        providers=provider or (),
        new_models=not known,
        anyway=anyway,
        dry_run=dry_run,
        book=book,
        as_json=as_json,
    )
