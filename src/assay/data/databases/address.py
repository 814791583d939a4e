"""The address of a database: where it is, what to read, and how that may be printed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode

from assay.core.addresses import carries_password, scheme_of, without_credentials
from assay.core.errors import DataError, ParameterError, nearest
from assay.core.project import resolve_path
from assay.core.sections import DATABASES
from assay.data.sources.files import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["SQLite", "PostgreSQL"]

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRETS: Final = ("PGPASSWORD", "PGSSLPASSWORD")
_OWN: Final = ("table", "query")
_CONNECT_TIMEOUT: Final = "10"
"""Seconds, where the address gives none."""
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database, and the table or query that is asked for.

    Attributes:
        label: as it may be printed and kept: without user, password and paths of this machine.
        file: of an SQLite database; None for a server.
        uri: for the driver; it may hold a password that the environment gave.
        secrets: what no message may repeat.
    """

    kind: Kind
    label: str
    file: Path | None = None
    uri: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    table: str | None = None
    query: str | None = None

    @staticmethod
    def of(
        url: str,
        *,
        table: str | None = None,
        query: str | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Address:
        """Reads `sqlite:///FILE` (four slashes: from the root) or `postgresql://HOST:PORT/NAME`.

        `?table=` and `?query=` say what to read, unless `table` or `query` do; other options go to
        the server's library (`sslmode`, `connect_timeout`). `${NAME}` is a variable of the
        environment.

        Raises:
            ParameterError: where a password is written into the address, or it has another form.
            DataError: where a variable that it names is not set.
        """
        if carries_password(url):
            raise ParameterError(
                f"{without_credentials(url)} was given with a password, expected none: it would "
                "stay in the shell's history and in the list of processes",
                remedy="set PGPASSWORD or PGPASSFILE, or write ${VARIABLE} in its place",
            )
        head, _, options = url.partition("?")
        given = dict(parse_qsl(options, keep_blank_values=True))
        asked = {"table": table, "query": query} if table or query else given
        table, query = asked.get("table"), asked.get("query")
        if table and query:
            raise ParameterError(
                f"{without_credentials(head)} has both a table and a query, expected one of them"
            )
        rest = {name: value for name, value in given.items() if name not in _OWN}
        what = {name: value for name, value in asked.items() if name in _OWN and value}
        if scheme_of(url) == "sqlite":
            return _file(head, rest, what)
        if scheme_of(url) not in DATABASES:
            raise ParameterError(
                f"{without_credentials(url)} is no address of a database",
                remedy=nearest(scheme_of(url), DATABASES),
            )
        rest = {"connect_timeout": _CONNECT_TIMEOUT, "application_name": "assay"} | rest
        uri = f"{head}?{urlencode(rest, safe='${}', quote_via=quote)}"
        secrets = [environ[name] for name in _VARIABLE.findall(uri) if name in environ]
        secrets += [environ[name] for name in _SECRETS if name in environ]
        return Address(
            kind="PostgreSQL",
            label=_labelled(without_credentials(head), what),
            uri=_VARIABLE.sub(lambda found: _value(found[1], environ), uri),
            secrets=tuple(secret for secret in secrets if secret),
            table=table,
            query=query,
        )

    def masked(self, text: str) -> str:
        """The text without what no message may repeat."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            for form in (secret, quote(secret, safe="")):
                text = text.replace(form, "***")
        return text


def _file(head: str, rest: dict[str, str], what: dict[str, str]) -> Address:
    name = unquote(head.partition(":///")[2])
    if not name or rest:
        raise ParameterError(
            f"{without_credentials(head)} is no address of an SQLite file",
            remedy="write sqlite:///logs.db, or sqlite:////full/path/logs.db, with ?table=NAME",
        )
    path = resolve_path(name).absolute()
    return Address(
        kind="SQLite",
        label=_labelled(f"sqlite:///{label_of(path, path.parent)}", what),
        file=path,
        uri=f"file:{quote(str(path))}",
        table=what.get("table"),
        query=what.get("query"),
    )


def _labelled(head: str, what: dict[str, str]) -> str:
    if not what:
        return head
    ((key, value),) = what.items()
    value = " ".join(value.split())
    return f"{head}?{key}={value if len(value) <= _SHOWN else value[:_SHOWN] + '…'}"


def _value(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise DataError(
            f"the variable {name}, which the address of a database names, is not set",
            remedy=f"set {name} in the environment",
        )
    return quote(environ[name], safe="")
