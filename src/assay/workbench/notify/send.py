"""Hands a message over: e-mail to a mail server, everything else through apprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.workbench.notify.letter import Letter
    from assay.workbench.notify.recipients import Address


class SendError(Exception):
    """A message was not taken; `for_good` where trying again cannot help."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


def send(
    letter: Letter,
    address: Address,
    *,
    sender: str,
    timeout: float,
    guard: Callable[[], None],
) -> str:
    """Sends one message to one address; tells what went wrong with a part of it, "" mostly.

    Args:
        letter: the message.
        address: where it goes.
        sender: of e-mail whose address names none.
        timeout: seconds that the server may take to answer.
        guard: called at the last moment at which the message can still be held back.

    Raises:
        SendError: where it was not taken; the reason holds nothing of the address.
    """
    from assay.workbench.notify.mail import send_mail  # noqa: PLC0415  apprise takes its time
    from assay.workbench.notify.services import send_by_service  # noqa: PLC0415

    try:
        if address.is_mail:
            note = send_mail(letter, address, sender=sender, timeout=timeout, guard=guard)
        else:
            note = send_by_service(letter, address, timeout=timeout, guard=guard)
    except SendError as error:
        raise SendError(address.masked(str(error)), for_good=error.for_good) from None
    return address.masked(note)
