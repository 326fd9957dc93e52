"""The way to the provider and back: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from service.errors import NotVouched, ProviderAway
from service.openid import id_token, transport
from service.settings import Provider, is_safe

KEPT = timedelta(hours=1)
"""So long it is believed what the provider has told of itself and of its keys."""
REST = timedelta(seconds=15)
"""So long a provider that did not tell of itself is not asked again: everybody who asks waits for its silence."""
SCOPE = "openid profile"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LONGEST_SUBJECT = 255
BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Trip:
    """One way to the provider and back: three secrets that belong together, and to one browser."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    """Never given to anybody else, whatever he is called."""
    account: str
    """What the claim says that names an account; empty if it says nothing."""
    authenticated_at: datetime | None
    """When he proved himself there, if the provider tells."""


class RelyingParty:
    """We, as the provider knows us; remembers for a while what the provider tells of itself."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._metadata: tuple[dict[str, Any], datetime] | None = None
        self._failed_at: datetime | None = None
        self._keys: tuple[KeySet, datetime] | None = None

    def address(self, trip: Trip, now: datetime, *, again: bool) -> str:
        """Return where the browser is sent; `again` makes its person prove himself even if the provider knows him.

        Raises:
            ProviderAway: the provider does not say where.

        """
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.provider.returns_to,
            "scope": SCOPE,
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": create_s256_code_challenge(trip.verifier),
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        }
        place = self._told(now)["authorization_endpoint"]
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def vouched(self, trip: Trip, answer: Mapping[str, str], now: datetime) -> Vouched:
        """Return whom the provider vouches for, with what the browser brought back from a trip.

        Raises:
            NotVouched: for nobody, or it is not the answer to this trip.
            ProviderAway: the provider cannot be asked.

        """
        if not compare_digest(answer.get("state", "").encode(), trip.state.encode()):
            raise NotVouched("state")
        told = self._told(now)
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise NotVouched("issuer")  # RFC 9207: the answer of another provider
        if "iss" not in answer and told.get("authorization_response_iss_parameter_supported") is True:
            raise NotVouched("issuer")
        if "error" in answer or not answer.get("code"):
            raise NotVouched("declined")
        access_token, claims = self._exchanged(answer["code"], trip, now)
        return Vouched(
            self.provider.issuer,
            _subject(claims),
            self._account(claims, access_token, now),
            id_token.moment(claims, "auth_time"),
        )

    def _exchanged(self, code: str, trip: Trip, now: datetime) -> tuple[str, dict[str, Any]]:
        """Return the access token and the claims of the ID token that a code is worth."""
        told, ours = self._told(now), self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ours.returns_to,
            "code_verifier": trip.verifier,
        }
        headers = {}
        ways = told.get("token_endpoint_auth_methods_supported")
        if not isinstance(ways, list) or "client_secret_basic" in ways:
            headers = transport.basic(ours.client_id, ours.client_secret)
        else:
            form |= {"client_id": ours.client_id, "client_secret": ours.client_secret}
        status, answer = transport.post(told["token_endpoint"], "token", form, headers)
        if status == BAD_REQUEST and answer.get("error") == "invalid_grant":
            raise NotVouched("code")
        access_token, token = answer.get("access_token"), answer.get("id_token")
        if status != transport.OK or not isinstance(access_token, str) or not isinstance(token, str):
            raise ProviderAway(f"token-{status}")
        return access_token, self._read(token, access_token, trip, now)

    def _read(self, token: str, access_token: str, trip: Trip, now: datetime) -> dict[str, Any]:
        def read(keys: KeySet) -> dict[str, Any]:
            ours = self.provider
            return id_token.read(
                token,
                keys,
                now,
                issuer=ours.issuer,
                client_id=ours.client_id,
                nonce=trip.nonce,
                access_token=access_token,
            )

        try:
            return read(self._known_keys(now))
        except id_token.KeyUnknown:
            self._keys = None  # the provider has a new one
        try:
            return read(self._known_keys(now))
        except id_token.KeyUnknown as error:
            raise NotVouched("token-key") from error

    def _account(self, claims: Mapping[str, Any], access_token: str, now: datetime) -> str:
        """Return what the claim says; many providers tell it only to who asks with the access token."""
        claim, place = self.provider.claim, self._told(now).get("userinfo_endpoint")
        if claim not in claims and isinstance(place, str):
            more = transport.get(place, "userinfo", access_token)
            if more.get("sub") != claims["sub"]:
                raise NotVouched("userinfo")
            claims = more
        said = claims.get(claim)
        return said if isinstance(said, str) else ""

    def _told(self, now: datetime) -> dict[str, Any]:
        """Return what the provider tells of itself (OpenID Connect Discovery 1.0)."""
        kept = self._metadata
        if kept is None or now - kept[1] > KEPT:
            if self._failed_at and now - self._failed_at < REST:
                raise ProviderAway("discovery-rests")
            try:
                kept = self._metadata = self._asked(), now
            except ProviderAway:
                self._failed_at = now
                raise
        return kept[0]

    def _asked(self) -> dict[str, Any]:
        issuer = self.provider.issuer
        told = transport.get(issuer.rstrip("/") + "/.well-known/openid-configuration", "discovery")
        places = [told.get(name) for name in NEEDED]
        if told.get("issuer") != issuer or not all(isinstance(one, str) and is_safe(one) for one in places):
            raise ProviderAway("discovery-unusable")
        return told

    def _known_keys(self, now: datetime) -> KeySet:
        kept = self._keys
        if kept is None or now - kept[1] > KEPT:
            kept = self._keys = id_token.read_keys(transport.get(self._told(now)["jwks_uri"], "jwks")), now
        return kept[0]


def _subject(claims: Mapping[str, Any]) -> str:
    found = claims["sub"]
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_SUBJECT or "\x00" in found:
        raise NotVouched("subject")
    return found
