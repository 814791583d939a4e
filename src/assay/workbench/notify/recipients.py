"""Who is told, and where: addresses that are put together from the environment when they are used.

An address holds tokens. So it is never kept, and whatever an error says of it is masked.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from pydantic import AfterValidator, Field, model_validator

from assay.core.addresses import carries_password, scheme_of
from assay.core.errors import ParameterError
from assay.core.sections import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

MAIL: Final = frozenset({"mailto", "mailtos"})
_PLAIN: Final = MAIL | {"json", "jsons", "form", "forms", "xml", "xmls"}
"""Schemes whose addresses may stand in the file, where no password is in them."""
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WHOLE: Final = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_BETWEEN: Final = re.compile(r"[:/?#&=@,;]+")
_SHORTEST: Final = 4
"""Shorter parts of an address are no tokens, and masking them would make errors unreadable."""


def _no_secret(url: str) -> str:
    if _WHOLE.fullmatch(url):
        return url
    if url.startswith("env:"):
        raise ValueError("expected env:NAME with the name of a variable of the environment")
    if not scheme_of(_VARIABLE.sub("x://", url, count=1)):
        raise ValueError("expected env:NAME or an address such as mailto://… with ${NAME} in it")
    if carries_password(url) or (scheme_of(url) not in _PLAIN and not _VARIABLE.search(url)):
        raise ValueError(
            "an address without tokens and passwords: write ${NAME} in their place, or env:NAME "
            "for the whole, and set that variable of the environment"
        )
    return url


class Recipient(Section):
    """Where to send, and what: an address of apprise, mostly with `${NAME}` in it."""

    url: Annotated[str, AfterValidator(_no_secret)]
    pdf: bool | None = Field(None, description="attach the PDF; by default to e-mail only")

    @model_validator(mode="before")
    @classmethod
    def _address_alone(cls, value: Any) -> Any:  # noqa: ANN401  what YAML holds
        return {"url": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it is used; printed, it shows nothing but its scheme."""

    name: str
    url: str

    @property
    def scheme(self) -> str:
        """What kind of service it is."""
        return scheme_of(self.url)

    @property
    def is_mail(self) -> bool:
        """Whether it goes to a mail server."""
        return self.scheme in MAIL

    def __repr__(self) -> str:
        return f"Address({self.name!r}, {self.scheme}://…)"

    def masked(self, text: str) -> str:
        """The text without anything that stands in the address."""
        for secret in sorted(_parts(self.url), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


def address_of(
    name: str, recipient: Recipient, environ: Mapping[str, str] | None = None
) -> Address:
    """The recipient's address with what the environment holds of it.

    Raises:
        ParameterError: where a variable is not set, or does not make an address.
    """
    known = os.environ if environ is None else environ
    missing = [variable for variable in variables_of(recipient) if not known.get(variable)]
    if missing:
        raise ParameterError(
            f"recipient {name!r} needs {', '.join(missing)}, which the environment does not have",
            remedy="set it where assay runs; the file holds no addresses on purpose",
        )
    whole = _WHOLE.fullmatch(recipient.url)
    url = known[whole[1]] if whole else _VARIABLE.sub(lambda it: known[it[1]], recipient.url)
    url = url.strip()
    if not scheme_of(url):
        raise ParameterError(
            f"recipient {name!r}: the environment holds no address, expected scheme://…"
        )
    return Address(name, url)


def scheme_of_recipient(recipient: Recipient, environ: Mapping[str, str] | None = None) -> str:
    """What kind of service a recipient has; "" where the environment does not tell."""
    try:
        return address_of("", recipient, environ).scheme
    except ParameterError:
        return scheme_of(recipient.url)


def variables_of(recipient: Recipient) -> tuple[str, ...]:
    """The variables of the environment that an address needs."""
    whole = _WHOLE.fullmatch(recipient.url)
    return (whole[1],) if whole else tuple(_VARIABLE.findall(recipient.url))


def _parts(url: str) -> set[str]:
    """Every word of an address that may be a secret, as it stands there and as it is meant."""
    rest = url.partition("://")[2]
    head, at, behind = rest.rpartition("@")
    whole = {url, rest, head, head.partition(":")[2]} if at else {url, rest}
    found = whole | set(_BETWEEN.split(rest)) | set(_BETWEEN.split(behind))
    plain = {unquote(part) for part in found} | {unquote_plus(part) for part in found}
    coded = {quote(part, safe="") for part in plain} | {quote_plus(part) for part in plain}
    return {part for part in found | plain | coded if len(part) >= _SHORTEST}
