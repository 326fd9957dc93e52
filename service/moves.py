"""Going back: an admin lets a case stand at an earlier step again, where its SOP itself knows no way back."""

from datetime import datetime
from uuid import UUID

from service import acts, catalogue, store
from service.engine import reason as reasons
from service.engine.assignment import Actor, Role, require_role
from service.engine.diagram import ways_back
from service.engine.worklist import Act, changes, new_tasks
from service.errors import Conflict
from service.models import Instance


def go_back(actor: Actor, case_id: UUID, task_id: UUID, element: str, reason: str, now: datetime) -> Instance:
    """Take an open task away and open an earlier step of its level instead, which counts as returned.

    What was answered stays; every step from there on is done again.

    Raises:
        NotFound: the office has no such task, or it is of another case.
        NotAllowed: the actor is no admin.
        TaskClosed: the task is done or taken away.
        CaseSuspended: nothing goes on in the case.
        Conflict: the element is no earlier step of this level that was done in this case and from which nothing
            splits or meets on the way here, or something else goes on beside the task on its level.
        ReasonMissing: no reason, or a word that explains nothing.
        EngineFailed: the step cannot begin again; nothing was saved.

    """

    def attempt() -> Instance:
        task, instance = store.get_task(actor.office, task_id)
        store.require_of_case(task, case_id)
        require_role(actor, Role.ADMIN)
        told = reasons.required(reason)
        store.require_open(task)
        store.require_active(instance)
        diagrams = catalogue.of_instance(instance).diagrams
        done = store.performed(instance, task.process_key)
        if element not in ways_back(diagrams[task.process_key], task.element) & done:
            raise Conflict("the case cannot go back there", cause="no-way-back")
        step = catalogue.hydrate(instance).go_back(str(task_id), element, now)
        act = Act(actor.label, returns=True, reason=told)
        difference = changes(diagrams, store.known_tasks(instance, new_tasks(step)), step, act,
                             catalogue.due(actor.office, now))  # fmt: skip
        acts.require_known(actor.office, step, difference)
        body = {"reason": told, "back_to": element}
        fact = store.Fact("moved", now, actor.person_id, actor.label, task.process_key, task.element, None, body)
        store.save_step(instance, step, difference, fact)
        return instance

    return acts.repeated(attempt)
