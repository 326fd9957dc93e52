"""Deliveries: what happened is told outside, again and again until it arrives or an admin has to look."""

import json
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from service import catalogue, letters, mail, store, webhook
from service.engine import worktime
from service.engine.assignment import Actor, Role, require_role
from service.engine.human import read_email
from service.errors import Invalid, NotFound, Undeliverable
from service.models import Webhook, new_id
from service.queries import duties
from service.settings import Settings
from service.store.deliveries import Parcel
from service.store.digests import KIND as MORNING
from service.store.notifications import DUE_DATES, KINDS

AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720))
"""How long after each failure it is tried again; after the last one it is given up."""
MOST = 200
EVENTS = KINDS
"""What others can be told of."""


def due(now: datetime) -> list[tuple[str, UUID, UUID]]:
    """Return office, id and receiver of what is to be told now, the oldest first."""
    return duties.deliveries(now, MOST)


def deliver(office: str, delivery_id: UUID, now: datetime, settings: Settings) -> int:
    """Tell it if its time has come; return whether it arrived. What fails is tried again later."""
    parcel = store.due_parcel(office, delivery_id, now)
    if parcel is None or not _is_welcome(parcel, now):
        return False
    try:
        _send(parcel, now, settings)
    except Undeliverable as error:
        again = now + AGAIN[parcel.attempts] if parcel.attempts < len(AGAIN) else None
        store.settle(parcel, now, error.cause, again)
        return False
    return store.settle(parcel, now)


def retry(actor: Actor, now: datetime, deliveries: Collection[UUID] | None = None) -> int:
    """Try given deliveries that were given up anew, or all of the office; return how many.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    return store.revive(actor.office, now, deliveries)


def add_webhook(
    actor: Actor, address: str, kinds: Sequence[str], now: datetime, settings: Settings
) -> tuple[UUID, str]:
    """Let a program outside hear of events of the office; return its id and the secret that signs them.

    Raises:
        NotAllowed: the actor is no admin.
        Invalid: an unknown kind of event, or an address that may not be called.

    """
    require_role(actor, Role.ADMIN)
    chosen = list(dict.fromkeys(kinds)) or list(KINDS)
    if unknown := set(chosen) - set(KINDS):
        raise Invalid(f"no such event: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    try:
        webhook.require_safe(address, settings.webhook_networks)
    except Undeliverable as error:
        raise Invalid(f"{address} may not be called: {error.cause}") from None
    added = Webhook(
        tenant_id=actor.office, id=new_id(now), address=address, secret=secrets.token_urlsafe(32),
        kinds=chosen, added_at=now,
    )  # fmt: skip
    found = added.id, added.secret
    store.add_webhook(added)
    return found


def remove_webhook(actor: Actor, webhook_id: UUID) -> None:
    """Tell a program outside nothing any more.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such webhook.

    """
    require_role(actor, Role.ADMIN)
    store.remove_webhook(actor.office, webhook_id)


def set_email(user_name: str, email: str) -> None:
    """Set where somebody is told of his work; empty for nowhere.

    Raises:
        Invalid: no e-mail address.
        NotFound: nobody has that name.

    """
    if not store.set_email(user_name, read_email(email)):
        raise NotFound(user_name=user_name)


def _is_welcome(parcel: Parcel, now: datetime) -> bool:
    """Tell whether it may go now: a letter of a morning or about a due date is worth nothing at another time."""
    if parcel.kind == MORNING:
        return _is_of_today(parcel, now)
    return parcel.kind not in DUE_DATES or _is_timely(parcel, now)


def _is_of_today(parcel: Parcel, now: datetime) -> bool:
    """Tell whether the morning of a letter is that of today; one that is over is not made up for."""
    zone = ZoneInfo(parcel.body["zone"])
    is_of_today = parcel.created_at.astimezone(zone).date() == now.astimezone(zone).date()
    if not is_of_today:
        store.settle(parcel, now)
    return is_of_today


def _is_timely(parcel: Parcel, now: datetime) -> bool:
    """Tell whether a letter about a due date may go now: in working time, while the task is open and due then."""
    if not store.is_due(parcel.office, UUID(parcel.body["task"]["id"]), datetime.fromisoformat(parcel.body["due_at"])):
        store.settle(parcel, now)
        return False
    calendar = catalogue.calendar(parcel.office, *parcel.body["posts"])
    if not worktime.is_working(calendar, now):
        store.postpone(parcel, worktime.next_working_moment(calendar, now))
        return False
    return True


def _send(parcel: Parcel, now: datetime, settings: Settings) -> None:
    """Send it; a receiver who wants nothing any more has it."""
    if parcel.address:
        told = {"id": str(parcel.id), "kind": parcel.kind, "office": parcel.office, "at": parcel.created_at.isoformat()}
        body = json.dumps({**told, **letters.without_words(parcel.body)}, sort_keys=True).encode()
        webhook.call(parcel.address, parcel.secret, str(parcel.id), body, now, settings.webhook_networks)
    elif parcel.email:
        to = letters.Receiver(parcel.email, parcel.name, parcel.language)
        letter = letters.written(parcel.kind, parcel.body, to, settings.url)
        mail.send(settings.smtp_url, settings.mail_from, letter, str(parcel.id), now)
