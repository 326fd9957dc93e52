"""ID tokens: signed by a key of the provider, for us, for this trip, and still good."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from service.errors import NotVouched, ProviderAway

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key pair only: with a shared secret, or without any, everybody who has our secret could sign."""
LEEWAY = 60
"""Seconds by which the clock of the provider may be wrong."""
KINDS_OF_KEYS = frozenset({"EC", "OKP", "RSA"})


class KeyUnknown(Exception):
    """A token is signed by a key that we have not seen."""


def read_keys(published: Mapping[str, Any]) -> KeySet:
    """Return the keys with which the provider signs; those for other purposes and of other kinds are left out.

    Raises:
        ProviderAway: there is none.

    """
    listed = published.get("keys")
    signing = [
        one
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("kty") in KINDS_OF_KEYS and one.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": signing})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderAway("jwks-unusable") from error


def read(
    token: str, keys: KeySet, now: datetime, *, issuer: str, client_id: str, nonce: str, access_token: str
) -> dict[str, Any]:
    """Return the claims of a token that is what it should be.

    Raises:
        KeyUnknown: none of these keys is the one that it names.
        NotVouched: it is forged, for somebody else, of another trip, or over.

    """
    try:
        signed = jwt.decode(token, keys, ALGORITHMS)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(int(now.timestamp()), LEEWAY)
    except InvalidKeyIdError as error:
        raise KeyUnknown from error
    except JoseError as error:
        raise NotVouched(f"token-{error.error}") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotVouched("token-unreadable") from error
    return dict(claims)


def moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    """Return a moment that a token tells of, None if it does not."""
    seconds = claims.get(name)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
