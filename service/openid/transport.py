"""Questions to the provider: JSON within limits of time and size; no redirect is followed."""

import json
import socket
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from service.errors import ProviderAway
from service.settings import is_safe

PATIENCE = 5.0
"""Seconds that the provider may be silent."""
LONGEST = 10.0
"""Seconds that one question may take altogether."""
LARGEST = 256_000
OK = 200


def get(address: str, what: str, token: str = "") -> dict[str, Any]:
    """Return what the provider tells at an address, as the bearer of a token if there is one.

    Raises:
        ProviderAway: it says nothing that can be used.

    """
    status, answer = _ask("GET", address, what, {"Authorization": f"Bearer {token}"} if token else {})
    if status != OK:
        raise ProviderAway(f"{what}-{status}")
    return answer


def post(address: str, what: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the status and what the provider answers to a form.

    Raises:
        ProviderAway: it answers nothing that can be used.

    """
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return _ask("POST", address, what, {**headers, **kind}, urlencode(form).encode())


def basic(name: str, secret: str) -> dict[str, str]:
    """Return the header of somebody with a name and a secret, each encoded first as RFC 6749 section 2.3.1 wants."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


def _ask(
    method: str, address: str, what: str, headers: Mapping[str, str], body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    if not is_safe(address):
        raise ProviderAway(f"{what}-address")
    place = urlsplit(address)
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=PATIENCE)
    limit = Timer(LONGEST, _cut, [connection])
    limit.start()
    try:
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection.request(method, path, body, {"Accept": "application/json", "User-Agent": "Laksana", **headers})
        response = connection.getresponse()
        return response.status, _read(response.read(LARGEST + 1), what, is_good=response.status == OK)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: an address or a token that HTTP cannot carry
        raise ProviderAway(f"{what}-no-answer") from error
    finally:
        limit.cancel()
        connection.close()


def _read(body: bytes, what: str, *, is_good: bool) -> dict[str, Any]:
    if len(body) > LARGEST:
        raise ProviderAway(f"{what}-too-large")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if is_good:
        raise ProviderAway(f"{what}-unreadable")
    return {}


def _cut(connection: HTTPConnection) -> None:
    """End a connection that takes too long."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
