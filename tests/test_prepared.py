"""Statements that the driver runs itself behave as those that SQLAlchemy runs."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from service import readiness
from service.errors import Unstorable
from service.models import Person, Session, db, new_id
from service.prepared import Prepared
from tests import stage
from tests.conftest import on_postgresql
from tests.provision import PostgreSQL

NOW = datetime(2026, 11, 2, 1, 0, 0, 123456, tzinfo=UTC)
ADD = Prepared(insert(Session))
FIND = Prepared(select(Session.__table__).where(Session.id == bindparam("wanted"), Session.office == "blitar"))
SEE = Prepared(update(Session).where(Session.id == bindparam("wanted")).values(seen_at=bindparam("moment")))


def session(name: str) -> dict[str, object]:
    return {
        "id": name,
        "person_id": new_id(NOW),
        "office": "blitar",
        "began_at": NOW,
        "seen_at": NOW,
        "confirmed_at": NOW,
    }


def test_values_come_back_as_they_went_in(app: Flask) -> None:
    row = session("a")
    with app.app_context():
        ADD.run(row)
        (found,) = FIND.all({"wanted": "a"})
        entity = db.session.get_one(Session, "a")

        assert found._asdict() == row
        assert {name: getattr(entity, name) for name in row} == row


def test_it_is_told_how_many_rows_were_written(app: Flask) -> None:
    with app.app_context():
        assert ADD.run(session("a")) == 1
        assert [SEE.run({"wanted": name, "moment": NOW}) for name in ("a", "b")] == [1, 0]


def test_it_is_part_of_the_transaction_of_the_session(app: Flask) -> None:
    with app.app_context():
        ADD.run(session("a"))
        db.session.rollback()
        assert FIND.all({"wanted": "a"}) == []

        ADD.run(session("b"))
        db.session.commit()
        db.session.remove()
        assert len(FIND.all({"wanted": "b"})) == 1


def test_refusals_are_those_of_sqlalchemy(app: Flask) -> None:
    with app.app_context():
        ADD.run(session("a"))
        with pytest.raises(IntegrityError) as refused:
            ADD.run(session("a"))
        db.session.rollback()
        with pytest.raises(Unstorable):
            ADD.run(session("x" * 65))

    assert "blitar" not in str(refused.value)


def test_listeners_hear_of_it(app: Flask) -> None:
    with app.app_context(), stage.statements(app) as ran:
        FIND.all({"wanted": "a"})

    assert [statement.split()[0] for statement in ran] == ["SELECT"]


@on_postgresql
def test_a_connection_that_is_gone_is_given_up(app: Flask, postgresql: PostgreSQL) -> None:
    with app.app_context():
        assert FIND.all({"wanted": "a"}) == []
        with postgresql.connect() as admin:
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'demo'")

        with pytest.raises(OperationalError) as refused:
            FIND.all({"wanted": "a"})
        assert readiness.is_away(refused.value)

        db.session.rollback()
        assert FIND.all({"wanted": "a"}) == []
        assert db.session.scalar(select(Person.id).limit(1)) is not None
