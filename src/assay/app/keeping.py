"""The commands around what is kept: the store, its keys, and the audit log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

store_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What is in the store; its backups; and copies of it in databases.",
)


@store_app.command("show")
def store_show(as_json: AsJson = False) -> None:
    """Show the tables, their rows and days, the newest imports, and what is in quarantine."""
    from assay.app.stores import show_store  # noqa: PLC0415  keeps --help fast

    show_store(as_json=as_json)


@store_app.command("quarantine")
def store_quarantine(
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show rejected rows: where they stood, why they were rejected, and a masked excerpt."""
    from assay.app.stores import show_quarantine  # noqa: PLC0415  keeps --help fast

    show_quarantine(limit, as_json=as_json)


@store_app.command("init")
def store_init(
    url: Annotated[str, typer.Argument(help="sqlite:///FILE or postgresql://HOST/DATABASE")],
) -> None:
    """Make the canonical tables in a database, where they are not there yet.

    Example: assay store init sqlite:///assay.db
    """
    from assay.app.stores import init_copy  # noqa: PLC0415  keeps --help fast

    init_copy(url)


@store_app.command("export")
def store_export(
    url: Annotated[str, typer.Argument(help="sqlite:///FILE or postgresql://HOST/DATABASE")],
    as_json: AsJson = False,
) -> None:
    """Bring the store and the published results into a database; again: only what changed.

    Example: assay store export postgresql://localhost/metrics
    """
    from assay.app.stores import export_copy  # noqa: PLC0415  keeps --help fast

    export_copy(url, as_json=as_json)


@store_app.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="Archive to write: assay-2026-11-01.tar.gz")],
) -> None:
    """Write the whole store into one file. The key of the pseudonyms is not in it."""
    from assay.app.stores import back_up  # noqa: PLC0415  keeps --help fast

    back_up(file)


@store_app.command("restore")
def store_restore(
    file: Annotated[Path, typer.Argument(help="Archive that `assay store backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of the store that is there.")
    ] = False,
) -> None:
    """Put a backup in place, after every file of it was verified."""
    from assay.app.stores import restore_from  # noqa: PLC0415  keeps --help fast

    restore_from(file, replace=replace)


key_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="The key under which persons become pseudonyms.",
)


@key_app.command("create")
def key_create() -> None:
    """Make the project's key file, of mode 600; refuses where there is one."""
    from assay.app.stores import create_key  # noqa: PLC0415  keeps --help fast

    create_key()


@key_app.command("rotate")
def key_rotate() -> None:
    """Add a key to the ring and give the whole store the new pseudonyms, in one step.

    The same person keeps one pseudonym, and the forgotten stay forgotten. Old keys stay in the
    file: they are part of every pseudonym.
    """
    from assay.app.stores import rotate_key  # noqa: PLC0415  keeps --help fast

    rotate_key()


@key_app.command("pseudonym")
def key_pseudonym() -> None:
    """Tell the pseudonym of an identifier that is read from standard input.

    Example: printf anna@example.org | assay key pseudonym
    """
    from assay.app.stores import tell_pseudonym  # noqa: PLC0415  keeps --help fast

    tell_pseudonym()


audit_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="The log of what came in, was removed, published, copied or given a new key.",
)


@audit_app.command("verify")
def audit_verify(
    head: Annotated[
        str | None,
        typer.Option(help="The last hash that you noted elsewhere: tells a shortened log."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no entry was changed, removed or put in; exits with 3 where one was."""
    from assay.app.stores import verify_audit  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(verify_audit(head, as_json=as_json))


@audit_app.command("show")
def audit_show(
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest entries.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest entries."""
    from assay.app.stores import show_audit  # noqa: PLC0415  keeps --help fast

    show_audit(limit, as_json=as_json)
