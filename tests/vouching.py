"""A real OpenID Connect provider beside the service, and people who walk there and back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, OpenerDirector, Request, build_opener, urlopen

from flask import Flask
from lxml import html

from service.settings import RETURN_PATH, Match, Provider
from service.web import provider
from tests.walking import Page, Stranger, Visitor

HERE = "http://localhost"
RETURNS_TO = HERE + RETURN_PATH
LABEL = "Akun Kantor"


@dataclass(frozen=True)
class Vouching:
    """The running provider, and what the service knows of it."""

    settings: Provider

    def spoil(self, **how: object) -> None:
        """Let it answer otherwise from now on; without a word as it should."""
        request = Request(f"{self.settings.issuer}/spoil", json.dumps(how).encode(), method="POST")  # noqa: S310 - our own
        with urlopen(request, timeout=20):  # noqa: S310 - our own
            pass


def settings(issuer: str) -> Provider:
    """Return what the service knows of a provider."""
    secret = "rahasia-uji: panjang & bertanda +%"
    return Provider(issuer, "laksana", secret, LABEL, "preferred_username", Match.USER_NAME, RETURNS_TO)


@contextmanager
def known(app: Flask, party: Provider | None) -> Iterator[None]:
    """Let a service know a provider for a while, of which it has asked nothing yet."""
    before = app.config["LAKSANA"]
    app.config["LAKSANA"] = replace(before, provider=party)
    provider.register(app)
    try:
        yield
    finally:
        app.config["LAKSANA"] = before
        provider.register(app)


class _Stay(HTTPErrorProcessor):
    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:  # noqa: ARG002 - as urllib has it
        """Let the walker go himself wherever he is led."""
        return response

    https_response = http_response


class Traveller:
    """Somebody with a browser: the service knows it by the cookies of one, the provider by those of the other."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._there: OpenerDirector = build_opener(_Stay, HTTPCookieProcessor(CookieJar()))

    @classmethod
    def at_the_door(cls, app: Flask) -> "Traveller":
        return cls(Stranger(app))

    def leave(self, **asked: str) -> Page:
        """Press the button."""
        return self.visitor.get(f"/masuk/sso?{urlencode(asked)}")

    def there(self, address: str, subject: str) -> str:
        """Answer the provider's questions as somebody, and return the address to which it leads back."""
        form: bytes | None = None
        while not address.startswith(HERE):
            with self._there.open(Request(address, form), timeout=20) as answer:  # noqa: S310 - our own provider
                body, onward = answer.read(), answer.headers["Location"]
            if onward:
                address, form = urljoin(address, onward), None
            else:
                asked = html.document_fromstring(body).findall(".//form")[0]
                address = urljoin(address, asked.get("action", ""))
                hidden = [one for one in asked.iter("input") if one.get("type") == "hidden"]
                fields = [(one.get("name", ""), one.get("value", "")) for one in hidden]
                form = urlencode([*fields, ("login", subject), ("password", "x")]).encode()
        return address

    def back(self, address: str, **changed: str | None) -> Page:
        """Come back, with something of the address changed or left out."""
        place = urlsplit(address)
        brought = {name: values[0] for name, values in parse_qs(place.query).items()} | changed
        return self.visitor.get(f"{place.path}?{urlencode({k: v for k, v in brought.items() if v is not None})}")

    def enter(self, subject: str, **asked: str) -> Page:
        """Go all the way."""
        left = self.leave(**asked)
        return self.back(self.there(left.location, subject))
