"""Every refusal of Laksana: a class, a code for machines and a sentence for people.

Refused
├── NotSignedIn                 nobody is signed in, or the session has ended
│   └── NotVouched              the provider vouches for nobody whom we know
├── ProviderAway                the provider that vouches for people cannot be asked
├── TooManyAttempts             a password was guessed too often
├── NotFound                    no such thing, or not for this office
├── NotAllowed                  the thing is there, but not for this person
├── Conflict                    the world moved on in between
│   ├── CaseSuspended           nothing goes on in a case until somebody resumes it
│   ├── DraftChanged            a draft was saved elsewhere after the page that would replace it was shown
│   ├── IncidentClosed          what failed was solved, or given up with its case
│   ├── InstanceChanged         somebody else saved the case first
│   ├── LockForeign             a worker reports on work that another one has
│   ├── NotWaiting              nobody waits for this message
│   ├── OfficeChanged           the form is of another office than the one that is open now
│   ├── PersonChanged           something else is known of somebody than the page showed that would replace it
│   ├── RosterChanged           a spreadsheet would change something else by now
│   ├── Repeated                the same request was carried out before
│   ├── Suspended               an SOP that nobody starts for now
│   ├── TaskClosed              the task was completed or cancelled before
│   └── TaskTaken               somebody else has the task
├── Invalid                     what was sent cannot be taken
│   ├── AnswersInvalid          fields of a form, each with its own error
│   ├── DeploymentRefused       a diagram or form with problems
│   ├── AttachmentRefused       a file that is too large or of a kind not taken
│   ├── CommentRefused          a comment that is empty, too long or one too many
│   ├── DataTooLarge            more variables than a case may have
│   ├── KeyReused               a request with the key of another one
│   ├── NotConfirmed            who signs has to give his password first
│   ├── OutputsMissing          a step would close without what it has to yield
│   ├── OrganisationRefused     an office, its posts or its people would contradict themselves
│   ├── PasswordWrong           a password that is not that of the person
│   ├── SpreadsheetRefused      a spreadsheet, a row or a cell that cannot be read
│   ├── ReasonMissing           an act that needs a reason came without one
│   └── Unstorable              a value that no database of ours can hold
├── Undeliverable               somebody outside could not be told; it is tried again
├── BackupRefused               a backup cannot be made or brought back; what was there is as before
└── EngineFailed                the engine could not go on; nothing was saved
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The gravest first: refused; taken, but look at it; taken and put right."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a problem: an Indonesian sentence that the catalogue translates, and what stands in it."""

    sentence: str
    facts: Mapping[str, object]


def remedy(sentence: str, **facts: object) -> Remedy:
    """Return a remedy; by this name its sentence is found for the catalogue."""
    return Remedy(sentence, facts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an uploaded diagram or form, told in the words of the SOP."""

    code: str
    message: str
    """Indonesian sentence."""
    message_en: str
    file: str = ""
    line: int = 0
    element: str = ""
    severity: Severity = "error"
    place: str = ""
    """Where in the SOP, in Indonesian: "Langkah 9, Memeriksa draf"."""
    fix: Remedy = field(kw_only=True)

    @property
    def rank(self) -> int:
        """Return where its severity stands in a list, errors first."""
        return SEVERITIES.index(self.severity)

    def __str__(self) -> str:
        """Return the line that `laksana check` prints; only what is no error says how severe it is."""
        severity = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.file}:{self.line}: {self.element}: {self.code}: {severity}{self.message}"


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why the answer to one field was not taken: a code and what its sentence needs."""

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)


class Refused(Exception):
    """The request cannot be carried out. Nothing was changed."""

    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str = "", **facts: object) -> None:
        super().__init__(sentence or (type(self).__doc__ or "").splitlines()[0])
        self.facts: dict[str, object] = facts


class NotSignedIn(Refused):
    """Nobody is signed in here."""

    code = "not-signed-in"


class NotVouched(NotSignedIn):
    """The provider vouches for nobody whom we know."""

    code = "not-vouched"

    def __init__(self, cause: str) -> None:
        super().__init__(cause=cause)
        self.cause = cause
        """A code for those who look after the service, never for who asks."""


class ProviderAway(Refused):
    """The provider that vouches for people cannot be asked."""

    code = "provider-away"

    def __init__(self, cause: str) -> None:
        super().__init__(cause=cause)
        self.cause = cause


class TooManyAttempts(Refused):
    """Too many attempts failed; later it may be tried again."""

    code = "too-many-attempts"

    def __init__(self, *, until: datetime) -> None:
        super().__init__(until=until)
        self.until = until


class FormForeign(Refused):
    """A form that no page of this session sent."""

    code = "form-foreign"


class FormOutdated(FormForeign):
    """A form of this site whose page was open before somebody signed in again."""

    code = "form-outdated"


class NotFound(Refused):
    """There is no such thing for this office."""

    code = "not-found"


class NotAllowed(Refused):
    """This person may not do that."""

    code = "not-allowed"


class Conflict(Refused):
    """The state changed in between."""

    code = "conflict"


class CaseSuspended(Conflict):
    """The case is suspended: nothing goes on in it until somebody resumes it."""

    code = "case-suspended"


class DraftChanged(Conflict):
    """The draft was saved elsewhere after this page was shown."""

    code = "draft-changed"

    def __init__(self, answers: Mapping[str, object], *, saved_at: datetime) -> None:
        super().__init__(saved_at=saved_at)
        self.answers = dict(answers)
        """Those of this page, which are not kept."""
        self.saved_at = saved_at


class OfficeChanged(Conflict):
    """The form is of another office than the one that its sender acts for now."""

    code = "office-changed"

    def __init__(self, *, shown: str, chosen: str) -> None:
        super().__init__(shown=shown, chosen=chosen)
        self.shown = shown
        self.chosen = chosen


class IncidentClosed(Conflict):
    """This incident is closed."""

    code = "incident-closed"


class InstanceChanged(Conflict):
    """Somebody else saved this case first."""

    code = "instance-changed"


class Suspended(Conflict):
    """Nobody starts this SOP for now, or one that it calls."""

    code = "suspended"


class LockForeign(Conflict):
    """Another worker has this task, or none."""

    code = "lock-foreign"


class NotWaiting(Conflict):
    """Nobody waits for this."""

    code = "not-waiting"


class PersonChanged(Conflict):
    """Something else is known of this person by now."""

    code = "person-changed"


class Repeated(Conflict):
    """The same request was carried out before."""

    code = "repeated"


class RosterChanged(Conflict):
    """The spreadsheet would change something else by now."""

    code = "roster-changed"


class TaskClosed(Conflict):
    """This task is not open any more."""

    code = "task-closed"


class TaskTaken(Conflict):
    """Somebody else has this task."""

    code = "task-taken"


class Invalid(Refused):
    """What was sent cannot be taken as it is."""

    code = "invalid"


class AnswersInvalid(Invalid):
    """Some fields of the form need attention."""

    code = "answers-invalid"

    def __init__(self, errors: Mapping[str, FieldError]) -> None:
        super().__init__(", ".join(f"{path}: {error.code}" for path, error in errors.items()))
        self.errors = dict(errors)


class OutputsMissing(Invalid):
    """The step has not yielded all that it has to."""

    code = "outputs-missing"

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__(", ".join(items))
        self.items = tuple(items)
        """As the SOP prints them."""


class DeploymentRefused(Invalid):
    """The diagram or a form has problems; nothing was stored."""

    code = "deployment-refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class AttachmentRefused(Invalid):
    """This file is not taken."""

    code = "attachment-refused"


class CommentRefused(Invalid):
    """This comment is not taken."""

    code = "comment-refused"


class DataTooLarge(Invalid):
    """The data of this case would become too large."""

    code = "data-too-large"


class KeyReused(Invalid):
    """Something else was sent under this key before."""

    code = "key-reused"


class NotConfirmed(Invalid):
    """This act needs the password, which was given too long ago or never."""

    code = "not-confirmed"


class OrganisationRefused(Invalid):
    """The organisation of the office would contradict itself."""

    code = "organisation-refused"

    def __init__(self, cause: str, **facts: object) -> None:
        super().__init__(
            ": ".join([cause, ", ".join(f"{name} {value}" for name, value in facts.items())][: 1 + bool(facts)]),
            **facts,
        )
        self.cause = cause
        """Code of what contradicts it."""


class PasswordWrong(Invalid):
    """The password is not right."""

    code = "password-wrong"


class SpreadsheetRefused(Invalid):
    """This spreadsheet cannot be read."""

    code = "spreadsheet-refused"

    def __init__(self, cause: str, **facts: object) -> None:
        super().__init__(" ".join([cause, *(f"{name} {value}" for name, value in facts.items())]), **facts)
        self.cause = cause
        """Code of what is wrong with it."""


class ReasonMissing(Invalid):
    """This act needs a reason."""

    code = "reason-missing"


class Unstorable(Invalid):
    """A value cannot be stored."""

    code = "unstorable"


class Undeliverable(Refused):
    """Somebody outside could not be told."""

    code = "undeliverable"

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause
        """Code of the cause, for whoever looks into it."""


class BackupRefused(Refused):
    """The backup cannot be made or brought back."""

    code = "backup-refused"


UNCAUGHT = "error-uncaught"
"""Cause of a failure: no diagram around catches a BPMN error."""


class EngineFailed(Refused):
    """The engine could not carry on; the last good state was kept."""

    code = "engine-failed"

    def __init__(
        self,
        sentence: str = "",
        *,
        cause: str = "engine",
        process: str = "",
        element: str = "",
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.cause = cause
        """Code of the cause, for the incident."""
        self.process, self.element = process, element
        self.data = dict(data or {})
        """The variables that the element looked at."""
