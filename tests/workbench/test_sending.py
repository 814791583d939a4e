"""Messages arrive at real servers, once and whole; refusals are told without the address."""

import json
import socket
import threading
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from apprise.plugins.slack import NotifySlack

from assay.workbench.lease import LeaseLostError
from assay.workbench.notify.letter import Letter
from assay.workbench.notify.recipients import Address
from assay.workbench.notify.send import SendError, send

REFERENCE = "0123456789abcdef0123"


@pytest.fixture
def letter(tmp_path) -> Letter:
    paper = tmp_path / "report.pdf"
    paper.write_bytes(b"%PDF-1.7 " + bytes(range(256)))
    return Letter(
        subject="[Assay] CTR rises by 4.5 % – größer",
        plain="CTR rises.\nReport: https://reports.example/x\n.\nFrom here\n",
        markdown="**CTR rises**\n\n- **Report:** https://reports.example/a_b_c\n",
        html="<!doctype html><p>CTR rises &amp; shines",
        reference=REFERENCE,
        papers=(("ab-test.pdf", paper),),
    )


def deliver(letter: Letter, url: str, guard=lambda: None, timeout: float = 5.0, sender: str = ""):
    return send(letter, Address("team", url), sender=sender, timeout=timeout, guard=guard)


@dataclass
class Office:
    """A mail server's ear."""

    mails: list = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    at_the_end: str = "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        if self.at_the_end.startswith("250"):
            self.mails.append(envelope)
        return self.at_the_end


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def may_log_in(_server, _session, _envelope, _mechanism, data) -> AuthResult:
    return AuthResult(success=data.password == b"p@ss/word", handled=False)


@pytest.fixture
def post():
    office = Office()
    server = Controller(
        office,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=may_log_in,
        auth_require_tls=False,
    )
    server.start()
    yield office, server.port
    server.stop()


def test_a_mail_is_plain_and_html_with_the_paper_and_arrives_once(post, letter) -> None:
    office, port = post
    url = f"mailto://127.0.0.1:{port}/?from=assay@example.org&to=a@example.org,b@example.org&cc=c@example.org"
    assert deliver(letter, url) == ""
    (envelope,) = office.mails
    assert sorted(envelope.rcpt_tos) == ["a@example.org", "b@example.org", "c@example.org"]
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert mail["Subject"] == letter.subject
    assert mail["To"] == "a@example.org, b@example.org"
    assert mail["Cc"] == "c@example.org"
    assert "assay@example.org" in mail["From"]
    assert mail["Message-ID"] == f"<{REFERENCE}@assay.invalid>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] is not None
    body, paper = mail.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    plain, html = body.iter_parts()  # what is last is preferred
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == letter.plain
    assert html.get_content().strip() == letter.html
    assert (paper.get_filename(), paper.get_content_type()) == ("ab-test.pdf", "application/pdf")
    assert paper.get_content() == letter.papers[0][1].read_bytes()
    assert all(len(line) <= 998 for line in envelope.content.split(b"\r\n"))


def test_user_and_password_are_used_and_a_wrong_one_is_not_repeated(post, letter) -> None:
    office, port = post
    url = f"mailto://bot:p%40ss%2Fword@127.0.0.1:{port}/?from=bot@example.org&to=a@example.org"
    assert deliver(letter, url) == ""
    wrong = url.replace("p%40ss%2Fword", "hunter2hunter2")
    with pytest.raises(SendError, match="did not accept user and password") as caught:
        deliver(letter, wrong)
    assert "hunter2" not in str(caught.value)
    assert len(office.mails) == 1


def test_the_settings_name_a_sender_where_the_address_has_none(post, letter) -> None:
    office, port = post
    deliver(
        letter, f"mailto://127.0.0.1:{port}/?to=a@example.org", sender="Reports <r@example.org>"
    )
    assert message_from_bytes(office.mails[0].content)["From"] == "Reports <r@example.org>"


def test_refusals_say_whether_trying_again_can_help(post, letter) -> None:
    office, port = post
    url = f"mailto://127.0.0.1:{port}/?from=x@example.org&to=a@example.org,b@example.org"
    office.refused = {"a@example.org": "550 No such mailbox a@example.org"}
    assert deliver(letter, url) == "1 of 2 addresses were refused"
    office.refused["b@example.org"] = "450 Mailbox busy"
    with pytest.raises(SendError, match="refused every address") as caught:
        deliver(letter, url)
    assert (caught.value.for_good, "a@example.org" in str(caught.value)) == (False, False)
    office.refused["b@example.org"] = "550 No"
    with pytest.raises(SendError) as caught:
        deliver(letter, url)
    assert caught.value.for_good
    office.refused, office.at_the_end = {}, "451 Later"
    with pytest.raises(SendError, match="451 Later") as caught:
        deliver(letter, url)
    assert not caught.value.for_good
    assert len(office.mails) == 1


def test_whoever_lost_the_right_to_tell_is_stopped_after_the_connection_stands(
    post, letter
) -> None:
    office, port = post

    def lost() -> None:
        raise LeaseLostError

    with pytest.raises(LeaseLostError):
        deliver(
            letter, f"mailto://127.0.0.1:{port}/?from=x@example.org&to=a@example.org", guard=lost
        )
    assert office.mails == []


@pytest.mark.parametrize("scheme", ["mailto", "json"])
def test_a_server_that_is_silent_or_absent_is_told_in_time(letter, scheme) -> None:
    options = "?from=x@example.org&to=a@example.org"
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        for port in (silent.getsockname()[1], free_port()):
            with pytest.raises(SendError) as caught:
                deliver(letter, f"{scheme}://127.0.0.1:{port}/hunter2/{options}", timeout=0.3)
            assert not caught.value.for_good
            assert "hunter2" not in str(caught.value)


@dataclass
class Hook:
    """What a web server was sent, and what it answers."""

    port: int
    calls: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def hook():
    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.calls.append((self.path, body))
            self.send_response(found.answers.pop(0) if found.answers else 200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    found = Hook(server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def test_a_webhook_gets_the_plain_text_and_the_paper_once(hook, letter) -> None:
    assert deliver(letter, f"json://127.0.0.1:{hook.port}/reports") == ""
    ((path, body),) = hook.calls
    told = json.loads(body)
    assert path == "/reports"
    assert (told["title"], told["message"].split("\n")[0]) == (letter.subject, "CTR rises.")
    assert told["type"] == "info"
    assert [one["filename"] for one in told["attachments"]] == ["ab-test.pdf"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_webhook_that_answers_with_an_error_was_not_told(hook, letter, status, capfd) -> None:
    hook.answers = [status]
    with pytest.raises(SendError, match=str(status)) as caught:
        deliver(letter, f"json://user:hunter2hunter2@127.0.0.1:{hook.port}/tokentoken/")
    assert len(hook.calls) == 1  # asking again is for the next call, not for apprise
    for secret in ("hunter2", "tokentoken", str(hook.port)):
        assert secret not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_slack_gets_a_readable_text(hook, letter, monkeypatch) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}/services")
    token = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"  # noqa: S105  made up
    assert deliver(letter, f"slack://{token}/#general") == ""
    ((path, body),) = hook.calls
    assert path.endswith(token)
    text = json.dumps(json.loads(body), ensure_ascii=False)
    assert "CTR rises" in text
    assert "https://reports.example/a_b_c" in text
    hook.answers = [403]
    with pytest.raises(SendError) as caught:
        deliver(letter, f"slack://{token}/#general")
    assert "TIiajk" not in str(caught.value)


def test_what_is_no_address_is_told_without_it(letter) -> None:
    for url in ("slack://nothing-to-see", "nosuchservice://hunter2hunter2", "mailto://"):
        with pytest.raises(SendError, match="no address that apprise understands") as caught:
            deliver(letter, url)
        assert caught.value.for_good
        assert "hunter2" not in str(caught.value)
