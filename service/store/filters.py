"""Views of the inbox that people keep."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.models import SavedFilter, db, new_id, upsert


def keep_filter(office: str, person_id: UUID, name: str, wanted: Mapping[str, str], now: datetime) -> None:
    """Keep a view under a name; one that has this name already is replaced."""
    own = {"tenant_id": office, "person_id": person_id, "name": name}
    kept = upsert(SavedFilter).values(**own, id=new_id(now), wanted=dict(wanted), is_default=False)
    # the same form may arrive twice at once
    db.session.execute(kept.on_conflict_do_update(index_elements=list(own), set_={"wanted": dict(wanted)}))
    db.session.commit()


def change_filter(office: str, person_id: UUID, filter_id: UUID, name: str, wanted: Mapping[str, str]) -> None:
    """Change the name and what is seen of one view.

    Raises:
        Conflict: another view has this name.

    """
    changed = update(SavedFilter).where(*_own(office, person_id), SavedFilter.id == filter_id)
    try:
        db.session.execute(changed.values(name=name, wanted=dict(wanted)))
    except IntegrityError:
        db.session.rollback()
        raise Conflict("another view has this name") from None
    db.session.commit()


def choose_filter(office: str, person_id: UUID, filter_id: UUID | None) -> None:
    """Let the inbox open with one view, or with none of them."""
    db.session.execute(
        update(SavedFilter)
        .where(*_own(office, person_id))
        .values(is_default=SavedFilter.id == filter_id if filter_id else False)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def drop_filter(office: str, person_id: UUID, filter_id: UUID) -> None:
    """Keep a view no longer."""
    db.session.execute(
        delete(SavedFilter)
        .where(*_own(office, person_id), SavedFilter.id == filter_id)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _own(office: str, person_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return SavedFilter.tenant_id == office, SavedFilter.person_id == person_id
