"""Tables and constraints, no behaviour. The office (tenant) comes first in every key of an office's own rows."""

from service.models.background import Delivery, Export, ExportPart, Reminder, ReminderRule, Webhook, Worker
from service.models.base import NAMING, PATIENCE, Base, db, engine_options, let_go, new_id, rebuilding
from service.models.cases import (
    Attachment,
    History,
    Incident,
    Instance,
    InstanceStatus,
    LargeValue,
    Receipt,
    of_suspended,
)
from service.models.definitions import Definition, DefinitionDecision, DefinitionForm, StartTrigger
from service.models.organisation import Holding, Office, OrganisationEvent, Position, Role, Unit, valid_at
from service.models.people import Attempt, AuditReading, Person, Reading, SavedFilter, Session, Subject, Token
from service.models.tasks import IMPORTANT, Draft, Task, TaskGroup, TaskStatus
from service.models.waiting import Dispatch, Waiting
from service.models.workdays import Recomputation, WorkDayOff, WorkHours, WorkRamadan, WorkSpecialDay, WorkYear

__all__ = [
    "IMPORTANT",
    "NAMING",
    "PATIENCE",
    "Attachment",
    "Attempt",
    "AuditReading",
    "Base",
    "Definition",
    "DefinitionDecision",
    "DefinitionForm",
    "Delivery",
    "Dispatch",
    "Draft",
    "Export",
    "ExportPart",
    "History",
    "Holding",
    "Incident",
    "Instance",
    "InstanceStatus",
    "LargeValue",
    "Office",
    "OrganisationEvent",
    "Person",
    "Position",
    "Reading",
    "Receipt",
    "Recomputation",
    "Reminder",
    "ReminderRule",
    "Role",
    "SavedFilter",
    "Session",
    "StartTrigger",
    "Subject",
    "Task",
    "TaskGroup",
    "TaskStatus",
    "Token",
    "Unit",
    "Waiting",
    "Webhook",
    "WorkDayOff",
    "WorkHours",
    "WorkRamadan",
    "WorkSpecialDay",
    "WorkYear",
    "Worker",
    "db",
    "engine_options",
    "let_go",
    "new_id",
    "of_suspended",
    "rebuilding",
    "valid_at",
]
