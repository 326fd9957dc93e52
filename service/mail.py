"""E-mail: handed to a mail server by SMTP."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from time import monotonic
from urllib.parse import unquote, urlsplit

from service.errors import Undeliverable

PATIENCE = 15
"""Seconds that the mail server may take for each answer."""
LONGEST = 30
"""Seconds after which it is asked nothing more: no longer than a worker that is to stop is waited for."""
HERE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail to one person."""

    to: str
    name: str
    subject: str
    text: str


def send(server: str, sender: str, letter: Letter, key: str, now: datetime) -> None:
    """Hand an e-mail in; its Message-ID is made of the key, so that a second one is known for what it is.

    Raises:
        Undeliverable: with a code.

    """
    if not server or not sender:
        raise Undeliverable("mail-off")
    try:
        connection = _connected(server)
        try:
            connection.send_message(_message(sender, letter, key, now))
        finally:
            _part(connection)
    except smtplib.SMTPResponseException as error:
        raise Undeliverable(f"mail-{error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise Undeliverable("mail-recipient") from error
    except smtplib.SMTPServerDisconnected as error:  # it hung up, or kept silent for too long
        raise Undeliverable("no-answer") from error
    except (smtplib.SMTPException, ValueError) as error:
        raise Undeliverable("mail-refused") from error
    except OSError as error:
        raise Undeliverable("no-answer") from error


def _connected(server: str) -> "_Plain":
    place = urlsplit(server)
    host = place.hostname or ""
    if place.scheme == "smtps":
        connection: _Plain = _Safe(host, place.port or 465, timeout=PATIENCE, context=ssl.create_default_context())
    else:
        connection = _Plain(host, place.port or 587, timeout=PATIENCE)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        elif place.username and host not in HERE:
            connection.close()
            raise Undeliverable("mail-unsafe")  # a password is never sent in the open
    if place.username:
        connection.login(unquote(place.username), unquote(place.password or ""))
    return connection


class _Plain(smtplib.SMTP):
    """A conversation with an end, however slowly each question is answered."""

    _until = 0.0

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer while there is time."""
        self._until = self._until or monotonic() + LONGEST
        left = self._until - monotonic()
        if left <= 0 or self.sock is None:
            self.close()
            raise smtplib.SMTPServerDisconnected("no time is left")
        self.sock.settimeout(min(PATIENCE, left))
        return super().getreply()


class _Safe(_Plain, smtplib.SMTP_SSL):
    """The same by TLS from the beginning."""


def _part(connection: smtplib.SMTP) -> None:
    """Say goodbye; what a server answers to that says nothing of a letter that it took."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def _message(sender: str, letter: Letter, key: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = formataddr((letter.name, letter.to))
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{key}@{parseaddr(sender)[1].rpartition('@')[2] or 'laksana'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
