"""The write side: loads what an act needs and saves all that it did, in the only commits there are."""

from service.store.attempts import Tries, attempts, drop_attempt, drop_attempts, forgive, note_attempt
from service.store.claims import hold_of, save_hold
from service.store.comments import add_comment, count_comments
from service.store.definitions import add_definitions, decision_contents, form_contents, latest_definition
from service.store.deliveries import add_webhook, due_parcel, remove_webhook, revive, set_email, settle
from service.store.dispatches import add_dispatches, keep_dispatch, pending_dispatch, take
from service.store.exports import add_part, ask_export, begin_export, drop_exports, end_export
from service.store.history import Fact
from service.store.incidents import Failure, close_incident, get_incident, open_incidents, record_incident
from service.store.instances import get_instance, instance_row, locked
from service.store.months import ensure_months, lacks_months
from service.store.papers import attachments_of, files, get_attachment, get_draft, reference, save_draft
from service.store.people import (
    Standing,
    add_office,
    add_person,
    find_person,
    get_person,
    has_office,
    has_position,
    offices_of,
    performers_of,
    reporting_units,
    set_active,
    set_password,
    standing,
)
from service.store.receipts import forget_receipts
from service.store.sessions import Visit, add_session, end_session, forget_sessions, move_session, see_session, visit
from service.store.steps import add_instance, cancel_instance, save_step
from service.store.tasks import (
    get_task,
    known_tasks,
    last_values,
    open_participants,
    open_task_ids,
    performers,
    require_open,
)
from service.store.upkeep import drop_deliveries, drop_dispatches, drop_workers
from service.store.waits import (
    advance_trigger,
    due_trigger,
    get_wait,
    note_trigger_failure,
    triggered,
    waiting_cases,
)
from service.store.workers import see_worker

__all__ = [
    "Fact",
    "Failure",
    "Standing",
    "Tries",
    "Visit",
    "add_comment",
    "add_definitions",
    "add_dispatches",
    "add_instance",
    "add_office",
    "add_part",
    "add_person",
    "add_session",
    "add_webhook",
    "advance_trigger",
    "ask_export",
    "attachments_of",
    "attempts",
    "begin_export",
    "cancel_instance",
    "close_incident",
    "count_comments",
    "decision_contents",
    "drop_attempt",
    "drop_attempts",
    "drop_deliveries",
    "drop_dispatches",
    "drop_exports",
    "drop_workers",
    "due_parcel",
    "due_trigger",
    "end_export",
    "end_session",
    "ensure_months",
    "files",
    "find_person",
    "forget_receipts",
    "forget_sessions",
    "forgive",
    "form_contents",
    "get_attachment",
    "get_draft",
    "get_incident",
    "get_instance",
    "get_person",
    "get_task",
    "get_wait",
    "has_office",
    "has_position",
    "hold_of",
    "instance_row",
    "keep_dispatch",
    "known_tasks",
    "lacks_months",
    "last_values",
    "latest_definition",
    "locked",
    "move_session",
    "note_attempt",
    "note_trigger_failure",
    "offices_of",
    "open_incidents",
    "open_participants",
    "open_task_ids",
    "pending_dispatch",
    "performers",
    "performers_of",
    "record_incident",
    "reference",
    "remove_webhook",
    "reporting_units",
    "require_open",
    "revive",
    "save_draft",
    "save_hold",
    "save_step",
    "see_session",
    "see_worker",
    "set_active",
    "set_email",
    "set_password",
    "settle",
    "standing",
    "take",
    "triggered",
    "visit",
    "waiting_cases",
]
