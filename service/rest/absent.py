"""What the dialect has and our cases have not, with the reason: the same for everybody and whatever is asked about."""

import re

_PEOPLE = "people and their posts are looked after on the pages of their admins"
_PAST = "the history is only ever added to; nothing of it is deleted"
_TOLD = "what happened is told by history/activity-instance, variable-instance, user-operation and incident"
_VARIABLES = (
    "variables of a case come from answers to forms and from services; "
    "what is typed and not sent yet is kept by localVariables"
)
WHY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(asked), why)
    for asked, why in (
        (r"POST task/create", "tasks come out of SOPs only"),
        (r"GET task/report/.*", "how much waits for whom stands on the page of the cases"),
        (r"(GET|POST) filter/[^/]+/singleResult", "the list of a filter tells the same"),
        (r"\w+ process-definition/key/[^/]+/tenant-id/.*", "a token is for one office: ask without tenant-id"),
        (r"DELETE task/[^/]+", "a task ends when it is done, or with its case"),
        (r"(DELETE|PUT) task/[^/]+/comment.*", "comments stay, as all that the history of a case tells"),
        (r"DELETE task/[^/]+/attachment/.*", "files stay; what the answers do not name is not handed in"),
        (
            r"POST task/[^/]+/identity-links(/delete)?",
            "whom a task is for stands in its SOP; somebody takes it by claim and hands it on by delegate",
        ),
        (r"POST task/[^/]+/bpmnEscalation", "people decide by the form of a task, or end it with an error"),
        (r"(POST|PUT|DELETE) task/[^/]+/variables.*", _VARIABLES),
        (r"(POST|PUT|DELETE) (user|group)\b.*", _PEOPLE),
        (r"DELETE incident/[^/]+", "an incident is solved on its page, by correcting what is wrong and trying again"),
        (r"(PUT|DELETE) incident/[^/]+/annotation", "what is to be said of an incident stands beside its case"),
        (r"PUT job/[^/]+/duedate|POST job/[^/]+/duedate/recalculate", "the time of a timer follows from its SOP"),
        (r"POST job/[^/]+/execute", "a timer goes off when its time has come, not before"),
        (
            r"DELETE process-definition/.*",
            "a version is in force until a newer one is; cases that run stay on theirs, and nothing deployed is lost",
        ),
        (
            r"PUT process-instance/suspended",
            "one case after the other is suspended, so that each answer tells what became of it",
        ),
        (
            r"POST process-instance/([^/]+/modification-async|delete.*|suspended-async|variables-async)",
            "one case after the other is changed, at once, so that each answer tells what became of it",
        ),
        (
            r"(PUT|POST|DELETE) process-instance/[^/]+/variables.*",
            "variables of a case come from answers to forms and from services; an admin corrects them with an incident",
        ),
        (r"DELETE history/.*", _PAST),
        (r"POST history/(cleanup|.*/(delete|set-removal-time)).*", _PAST),
        (r"(PUT|POST) history/user-operation/.*", _PAST),
        (r"GET history/(decision-|detail|external-task-log|identity-link-log|job-log).*", _TOLD),
        (r"GET history/(process-definition|cleanup)/.*", "history/process-instance and its report tell of all cases"),
        (r"\w+ (history/)?case-.*", "there are no cases of CMMN here"),
        (r"\w+ (history/)?batch\b.*", "nothing is done to many cases at once"),
        (r"\w+ authorization\b.*", _PEOPLE),
        (r"\w+ condition\b.*", "no SOP waits for a condition"),
        (
            r"\w+ decision-(requirements-)?definition\b.*",
            "a decision table is deployed with its SOP, which alone asks it",
        ),
        (r"\w+ engine/.+", "there is one engine, and its name is default"),
        (r"\w+ event-subscription\b.*", "what a case waits for stands on its page"),
        (r"\w+ metrics\b.*", "figures are told to those who supervise the service, at its address for them"),
        (r"\w+ migration\b.*", "a case ends on the version of the SOP that it began with"),
        (r"\w+ modification\b.*", "a case goes the way of its SOP; work is given back by its forms"),
        (r"\w+ optimize\b.*", "what was is told by history"),
        (r"\w+ schema\b.*", "tables of the database are nobody's interface"),
        (r"\w+ telemetry\b.*", "nothing is ever told to anybody outside"),
        (r"\w+ tenant\b.*", "an office is a tenant; offices are looked after on the pages of their admins"),
        (r"GET deployment/registered", "everything that was deployed is there"),
        (r"(GET|POST) identity/verify", "passwords are never taken here: a program shows a token"),
    )
)
"""Method with address, and why it is not served."""


def why(method: str, operation: str) -> str:
    """Return why an operation is not served, nothing where there is no more to say."""
    asked = f"{method} {operation}"
    return next((why for pattern, why in WHY if pattern.fullmatch(asked)), "")
