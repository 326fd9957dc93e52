"""Webhooks: signed requests to programs outside, never to what lies inside by accident."""

import hmac
import re
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

from service.errors import Undeliverable

PATIENCE = 10.0
"""Seconds that the receiver may be silent."""
LONGEST = 20.0
"""Seconds that one request may take altogether."""
SUCCESS = range(200, 300)
NAT64 = ip_network("64:ff9b::/96")
SENDABLE = re.compile(r"[!-~]*")
"""What a line of a request can hold; other characters stand in an address as %XX."""
Address = IPv4Address | IPv6Address


def call(address: str, secret: str, key: str, body: bytes, now: datetime, networks: Iterable[str]) -> None:
    """Post a signed body; no redirect is followed, and nothing of the answer counts but its status.

    Raises:
        Undeliverable: with a code.

    """
    place = urlsplit(address)
    receivers = _resolved(address, networks)
    port = place.port or (443 if place.scheme == "https" else 80)
    kind = _Safe if place.scheme == "https" else _Plain
    connection = kind(place.hostname or "", port, receivers)
    limit = Timer(LONGEST, connection.cut)
    limit.start()
    try:
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection.request("POST", path, body, _headers(secret, key, body, now))
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise Undeliverable("no-answer") from error
    finally:
        limit.cancel()
        connection.close()
    if status not in SUCCESS:
        raise Undeliverable(f"status-{status}")


def signature(secret: str, moment: str, body: bytes) -> str:
    """Return what the header `Laksana-Signature` says: HMAC-SHA256 over time, a full stop and body."""
    return "v1=" + hmac.new(secret.encode(), moment.encode() + b"." + body, "sha256").hexdigest()


def require_safe(address: str, networks: Iterable[str]) -> None:
    """Refuse an address that may not be called.

    Raises:
        Undeliverable: it is no https address, or leads into a network that is not public.

    """
    _resolved(address, networks)


def _headers(secret: str, key: str, body: bytes, now: datetime) -> dict[str, str]:
    moment = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Laksana",
        "Idempotency-Key": key,
        "Laksana-Timestamp": moment,
        "Laksana-Signature": signature(secret, moment, body),
    }


def _resolved(address: str, networks: Iterable[str]) -> list[Address]:
    """Return the places that may be called, so that a name cannot lead elsewhere after it was looked at."""
    try:
        place = urlsplit(address)
        host, port = place.hostname or "", place.port or 443
    except ValueError as error:
        raise Undeliverable("address") from error
    is_sendable = bool(SENDABLE.fullmatch(place.path + place.query))
    if place.scheme not in {"https", "http"} or not host or place.username or place.password or not is_sendable:
        raise Undeliverable("address")
    try:
        found = [ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError, ValueError) as error:
        raise Undeliverable("no-such-host") from error
    allowed = [ip_network(network) for network in networks]
    if not found or any(not _is_open(one, allowed) for one in found):
        raise Undeliverable("forbidden-network")
    if place.scheme == "http" and not all(one.is_loopback for one in found):
        raise Undeliverable("not-https")
    return found


def _is_open(place: Address, allowed: Iterable[IPv4Network | IPv6Network]) -> bool:
    inner = _inner(place)
    return any(inner in network for network in allowed) or (inner.is_global and not inner.is_multicast)


def _inner(place: Address) -> Address:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(place, IPv4Address):
        return place
    if place in NAT64:
        return IPv4Address(int(place) & 0xFFFFFFFF)
    return place.ipv4_mapped or place.sixtofour or place


class _Plain(HTTPConnection):
    """A connection to places that were looked at before, whatever their name says now."""

    def __init__(self, host: str, port: int, receivers: Iterable[Address]) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self._receivers = receivers
        self._is_cut = False

    def connect(self) -> None:
        """Connect to the first of them that takes it: of IPv6 and IPv4 an office often reaches only one."""
        failed = OSError("nowhere to connect to")
        for receiver in self._receivers:
            self._require_time()
            try:
                self.sock = socket.create_connection((str(receiver), self.port), PATIENCE)
            except OSError as error:
                failed = error
            else:
                return self._require_time()
        raise failed

    def cut(self) -> None:
        """End a connection that takes too long."""
        self._is_cut = True
        if self.sock is not None:
            with suppress(OSError):  # past TLS, which would let what is still to be sent go out in the open
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _require_time(self) -> None:
        """Notice a cut for which there was no connection yet."""
        if self._is_cut:
            raise TimeoutError


class _Safe(_Plain, HTTPSConnection):
    """The same by TLS, with the name that the certificate has to bear."""

    def connect(self) -> None:
        """Connect there and ask for the certificate, in a conversation that can be cut from its first byte."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = asking = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._require_time()
        asking.do_handshake()
