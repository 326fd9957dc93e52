"""OpenID Connect as the one who asks: leads people to the provider and checks what it says of them."""

from service.openid.relying_party import RelyingParty, Trip, Vouched

__all__ = ["RelyingParty", "Trip", "Vouched"]
