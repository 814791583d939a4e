"""Chat services and webhooks, through apprise."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import apprise
from apprise.attachment.file import AttachFile

from assay.workbench.notify.send import SendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assay.workbench.notify.letter import Letter
    from assay.workbench.notify.recipients import Address

HOOKS: Final = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
"""Services that a program reads: it gets the plain text."""


def send_by_service(
    letter: Letter, address: Address, *, timeout: float, guard: Callable[[], None]
) -> str:
    """Sends one message; the PDFs come along where the service takes files.

    Raises:
        SendError: where it was not taken.
    """
    service = service_of(address)
    service.socket_read_timeout = timeout
    service.socket_connect_timeout = min(timeout, 10)
    service.retry = 0
    everybody = apprise.Apprise()
    everybody.add(service)
    is_hook = address.scheme in HOOKS
    takes_files = bool(getattr(service, "attachment_support", False))
    attached = apprise.AppriseAttachment()
    for name, path in letter.papers if takes_files else ():
        attached.add(AttachFile(str(path), name=name))  # type: ignore[no-untyped-call]
    with _quiet():
        guard()
        result = everybody.notify(
            title=letter.subject,
            body=letter.plain if is_hook else letter.markdown,
            body_format=apprise.NotifyFormat.TEXT if is_hook else apprise.NotifyFormat.MARKDOWN,
            notify_type=apprise.NotifyType.FAILURE if letter.bad else apprise.NotifyType.INFO,
            attach=attached if len(attached) else None,
        )
    if not result:
        raise SendError(_reason(result) or "the service did not take it")
    return ""


def service_of(address: Address) -> Any:  # noqa: ANN401  apprise has no types
    """What apprise makes of an address.

    Raises:
        SendError: where it makes nothing of it.
    """
    with _quiet():
        service: Any = apprise.Apprise.instantiate(address.url)
    if service is None:
        raise SendError(
            f"{address.scheme}:// with what the environment holds is no address that apprise "
            "understands",
            for_good=True,
        )
    return service


def _reason(result: Any) -> str:  # noqa: ANN401
    said = [str(entry.message) for one in result for entry in one.logs()]
    return "; ".join(dict.fromkeys(" ".join(words.split()) for words in said))


@contextmanager
def _quiet() -> Iterator[None]:
    """Lets apprise tell nobody but us: what it logs may hold parts of an address."""
    told = logging.getLogger("apprise")
    nobody, before = logging.NullHandler(), told.propagate
    told.addHandler(nobody)
    told.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what its plugins import
            yield
    finally:
        told.propagate = before
        told.removeHandler(nobody)
