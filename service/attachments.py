"""Files of a task: taken in, given out."""

import hashlib
import re
import unicodedata
from datetime import datetime
from uuid import UUID

from service import store
from service.engine.assignment import Actor, has_in_hand, require_candidate
from service.engine.form import FileReference
from service.errors import AttachmentRefused
from service.models import Attachment, Instance, new_id

MAX_BYTES = 10_000_000
MAX_PER_TASK = 10
SIGNATURES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (b"PK\x03\x04",)),
    "doc": ("application/msword", (b"\xd0\xcf\x11\xe0",)),
    "xls": ("application/vnd.ms-excel", (b"\xd0\xcf\x11\xe0",)),
    "csv": ("text/csv", ()),
    "txt": ("text/plain", ()),
}
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Tray:
    """Files that come with a page of an open task: kept with what is saved of it, or not at all."""

    def __init__(self, actor: Actor, task_id: UUID, now: datetime) -> None:
        self.new: list[Attachment] = []
        self._actor = actor
        self._task_id = task_id
        self._now = now

    def take(self, name: str, content: bytes) -> FileReference:
        """Check a file; the same one again, from the same person, is taken for the one that is there.

        Raises:
            NotFound, NotAllowed, TaskClosed: as for the task itself.
            AttachmentRefused: too large, too many, empty, or of a kind that is not taken.

        """
        task, instance = store.get_task(self._actor.office, self._task_id)
        if not has_in_hand(self._actor, task.assignee, task.assigned_post):
            require_candidate(self._actor, task.groups)
        store.require_open(task)
        file = self._checked(instance, clean_name(name), content)
        there = [*store.attachments_of(instance, self._task_id), *self.new]
        known = next((one for one in there if _traits(one) == _traits(file)), None)
        if known is not None:
            return store.reference(known)
        if len(there) >= MAX_PER_TASK:
            raise AttachmentRefused(reason="too-many", name=file.name, limit=MAX_PER_TASK)
        self.new.append(file)
        return store.reference(file)

    def _checked(self, instance: Instance, name: str, content: bytes) -> Attachment:
        if not content:
            raise AttachmentRefused(reason="empty", name=name)
        if len(content) > MAX_BYTES:
            raise AttachmentRefused(reason="too-large", name=name, size=len(content), limit=MAX_BYTES)
        return Attachment(
            tenant_id=self._actor.office,
            id=new_id(self._now),
            instance_id=instance.id,
            task_id=self._task_id,
            person_id=self._actor.person_id,
            name=name,
            media_type=_media_type(name, content),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            added_at=self._now,
        )


def get(actor: Actor, attachment_id: UUID) -> Attachment:
    """Return a file of a case of the actor's office.

    Raises:
        NotFound: the office has no such file.

    """
    return store.get_attachment(actor.office, attachment_id)


def clean_name(name: str) -> str:
    """Return the bare name of an uploaded file: no folders, no invisible characters, at most 120 characters."""
    bare = _UNSEEN.sub("", unicodedata.normalize("NFC", name)).replace("\\", "/").rpartition("/")[2].strip(" .")
    stem, dot, ending = bare.rpartition(".")
    ending = ending[:10]
    return f"{stem[: 119 - len(ending)]}{dot}{ending}" if bare else "berkas"


def _traits(file: Attachment) -> tuple[UUID, str, str]:
    return file.person_id, file.name, file.sha256


def _media_type(name: str, content: bytes) -> str:
    """Return the type that both the ending and the first bytes speak for."""
    known = SIGNATURES.get(name.rpartition(".")[2].lower())
    if known is None:
        raise AttachmentRefused(reason="kind", name=name, kinds=sorted(SIGNATURES))
    media_type, beginnings = known
    if beginnings and not content.startswith(beginnings):
        raise AttachmentRefused(reason="kind-mismatch", name=name)
    if not beginnings and b"\x00" in content:
        raise AttachmentRefused(reason="kind-mismatch", name=name)
    return media_type
