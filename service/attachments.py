"""Files of a task: taken in, given out."""

import hashlib
import re
import unicodedata
from datetime import datetime
from uuid import UUID

from service import store
from service.engine.assignment import Actor, require_candidate
from service.engine.form import FileReference
from service.errors import AttachmentRefused
from service.models import Attachment, new_id

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


def add(actor: Actor, task_id: UUID, name: str, content: bytes, now: datetime) -> FileReference:
    """Keep a file that belongs to an open task.

    Raises:
        NotFound, NotAllowed, TaskClosed: as for the task itself.
        AttachmentRefused: too large, too many, empty, or of a kind that is not taken.

    """
    task, instance = store.get_task(actor.office, task_id)
    require_candidate(actor, task.groups)
    store.require_open(task)
    name = clean_name(name)
    if not content:
        raise AttachmentRefused(reason="empty", name=name)
    if len(content) > MAX_BYTES:
        raise AttachmentRefused(reason="too-large", name=name, size=len(content), limit=MAX_BYTES)
    if store.count_attachments(actor.office, task_id) >= MAX_PER_TASK:
        raise AttachmentRefused(reason="too-many", name=name, limit=MAX_PER_TASK)
    attachment = Attachment(
        tenant_id=actor.office,
        id=new_id(now),
        instance_id=instance.id,
        task_id=task_id,
        person_id=actor.person_id,
        name=name,
        media_type=_media_type(name, content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        added_at=now,
    )
    reference = FileReference(str(attachment.id), name, attachment.size)
    store.add_attachment(attachment)
    return reference


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
