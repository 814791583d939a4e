"""E-mail: plain text and HTML of equal standing, sent over SMTP.

The address is apprise's (`mailto://`, `mailtos://`), with its providers and options. The message is
our own: apprise makes the plain text from the HTML, and loses the links and the tables with it.
"""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qs, quote, urlsplit

from assay.workbench.notify.recipients import Address
from assay.workbench.notify.send import SendError
from assay.workbench.notify.services import service_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.workbench.notify.letter import Letter

_LAST_TEMPORARY: Final = 499


def send_mail(
    letter: Letter,
    address: Address,
    *,
    sender: str,
    timeout: float,
    guard: Callable[[], None],
) -> str:
    """Sends one message to everybody whom the address names; tells who did not get it.

    Raises:
        SendError: where nobody got it.
    """
    box = service_of(_with_sender(address, sender))
    message = mail_of(letter, box)
    everybody = [mail for _, mail in box.targets] + sorted({*box.cc, *box.bcc})
    try:
        with _connected(box, timeout) as server:
            guard()
            # Not send_message(), which changes lines that begin with "From".
            refused = server.sendmail(box.from_addr[1], everybody, message.as_bytes(policy=SMTP))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise SendError(
            "the mail server refused every address: "
            + _said(*next(iter(error.recipients.values()))),
            for_good=all(code > _LAST_TEMPORARY for code in codes),
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        raise SendError(
            f"the mail server did not accept user and password: {_said(*error.args[:2])}"
        ) from None
    except smtplib.SMTPResponseException as error:
        raise SendError(
            f"the mail server refused: {_said(error.smtp_code, error.smtp_error)}",
            for_good=error.smtp_code > _LAST_TEMPORARY,
        ) from None
    except UnicodeError:
        raise SendError("an address has signs that mail does not take", for_good=True) from None
    except (OSError, smtplib.SMTPException) as error:
        reason = str(error) or type(error).__name__
        raise SendError(f"the mail server cannot be reached: {reason}") from None
    return f"{len(refused)} of {len(everybody)} addresses were refused" if refused else ""


def mail_of(letter: Letter, box: Any) -> EmailMessage:  # noqa: ANN401  apprise has no types
    """The message: a plain text that stands by itself, the same in HTML, and the PDFs."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = _person(*box.from_addr)
    message["To"] = ", ".join(_person(name, mail) for name, mail in box.targets)
    if box.cc:
        message["Cc"] = ", ".join(sorted(box.cc))
    if box.reply_to:
        message["Reply-To"] = ", ".join(sorted(box.reply_to))
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = f"<{letter.reference}@assay.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.plain, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for file, path in letter.papers:
        message.add_attachment(
            path.read_bytes(), maintype="application", subtype="pdf", filename=file
        )
    return message


def _with_sender(address: Address, sender: str) -> Address:
    """The address with the settings' sender, where it names none itself."""
    parts = urlsplit(address.url)
    if not sender or "@" in parts.netloc or "from" in parse_qs(parts.query):
        return address
    name, mail = parseaddr(sender)
    option = f"from={quote(mail)}" + (f"&name={quote(name)}" if name else "")
    joint = "&" if parts.query else "?"
    return Address(address.name, f"{address.url}{joint}{option}")


def _person(name: str | Literal[False], mail: str) -> str:
    """A mailbox as a header has it; apprise says False for no name."""
    return str(Mailbox(display_name=name or "", addr_spec=mail))


def _connected(box: Any, timeout: float) -> smtplib.SMTP:  # noqa: ANN401
    context = ssl.create_default_context()
    if not box.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if box.secure_mode == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            box.smtp_host, box.port, timeout=timeout, context=context
        )
    else:
        server = smtplib.SMTP(box.smtp_host, box.port, timeout=timeout)
    try:
        if box.secure_mode == "starttls":
            server.starttls(context=context)
        if box.user and box.password:
            server.login(box.user, box.password)
    except BaseException:
        server.close()
        raise
    return server


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"
