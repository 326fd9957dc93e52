"""Files of a task: taken in, given out."""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from io import BytesIO
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from service import store
from service.engine.assignment import Actor, has_in_hand, require_candidate
from service.engine.form import FileReference
from service.errors import AttachmentRefused
from service.models import Attachment, Instance, new_id
from service.scanning import Finding, scan

MAX_BYTES = 10_000_000
SIGNATURES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", (b"RIFF",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (b"PK\x03\x04",)),
    "doc": ("application/msword", (b"\xd0\xcf\x11\xe0",)),
    "xls": ("application/vnd.ms-excel", (b"\xd0\xcf\x11\xe0",)),
    "csv": ("text/csv", ()),
    "txt": ("text/plain", ()),
}
PICTURES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
SHOWN = PICTURES | {"application/pdf"}
"""Types that are shown on a page; everything else is taken away."""
OPEN_XML = "application/vnd.openxmlformats-"
MOST_PARTS, MOST_UNPACKED = 5_000, 200_000_000
"""What an office document may hold: so many parts, so many bytes once unpacked."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Tray:
    """Files that come with a page of an open task: kept with what is saved of it, or not at all."""

    def __init__(self, actor: Actor, task_id: UUID, now: datetime, scanner: str = "") -> None:
        self.new: list[Attachment] = []
        self._actor = actor
        self._task_id = task_id
        self._now = now
        self._scanner = scanner
        """Command of the virus scanner."""

    def take(self, name: str, content: bytes, kinds: Collection[str] = ()) -> FileReference:
        """Check a file; the same one again, from the same person, is taken for the one that is there.

        Raises:
            NotFound, NotAllowed, TaskClosed: as for the task itself.
            AttachmentRefused: too large, too many, empty, of a kind that is not taken (here only `kinds`, if any are
                named), or infected.

        """
        task, instance = store.get_task(self._actor.office, self._task_id)
        if not has_in_hand(self._actor, task.assignee, task.assigned_post):
            require_candidate(self._actor, task.groups)
        store.require_open(task)
        file = self._checked(instance, clean_name(name), content, kinds)
        there = [*store.attachments_of(instance, self._task_id), *self.new]
        known = store.twin_of(file, there)
        if known is not None:
            return store.reference(known)
        _require_clean(scan(self._scanner, content), file.name)
        self.new.append(file)
        return store.reference(file)

    def _checked(self, instance: Instance, name: str, content: bytes, kinds: Collection[str]) -> Attachment:
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
            media_type=_media_type(name, content, kinds),
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
    if not dot:
        return bare[:120] or "berkas"
    ending = ending[:10]
    return f"{stem[: 119 - len(ending)]}.{ending}"


def _require_clean(finding: Finding, name: str) -> None:
    if finding is not Finding.CLEAN:
        raise AttachmentRefused(reason="infected" if finding is Finding.INFECTED else "unscanned", name=name)


def _media_type(name: str, content: bytes, kinds: Collection[str]) -> str:
    """Return the type that both the ending and the first bytes speak for."""
    ending = name.rpartition(".")[2].lower()
    taken = [kind for kind in sorted(SIGNATURES) if not kinds or kind in kinds]
    if ending not in taken:
        raise AttachmentRefused(reason="kind", name=name, kinds=taken)
    known = SIGNATURES[ending]
    media_type, beginnings = known
    if beginnings and not content.startswith(beginnings):
        raise AttachmentRefused(reason="kind-mismatch", name=name)
    if media_type == "image/webp" and content[8:12] != b"WEBP":
        raise AttachmentRefused(reason="kind-mismatch", name=name)
    if not beginnings and b"\x00" in content:
        raise AttachmentRefused(reason="kind-mismatch", name=name)
    if media_type.startswith(OPEN_XML):
        _require_sound(name, content)
    return media_type


def _require_sound(name: str, content: bytes) -> None:
    """Read the list of what an office document holds, and open nothing of it."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, NotImplementedError, ValueError, OSError):
        raise AttachmentRefused(reason="kind-mismatch", name=name) from None
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names:
        raise AttachmentRefused(reason="kind-mismatch", name=name)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise AttachmentRefused(reason="bomb", name=name)
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise AttachmentRefused(reason="macros", name=name)
