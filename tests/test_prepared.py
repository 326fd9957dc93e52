"""Statements that the driver runs itself behave as those that SQLAlchemy runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import OK
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Integer, String, bindparam, func, insert, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError

from service import readiness
from service.errors import Unstorable
from service.models import Person, Session, base, db, new_id
from service.prepared import Prepared, Unmet, Write, end_reading, together
from service.settings import Settings
from tests import stage
from tests.conftest import on_postgresql
from tests.provision import PostgreSQL
from tests.walking import Visitor

NOW = datetime(2026, 11, 2, 1, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
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
        "previous_id": None,
    }


def test_values_come_back_as_they_went_in(app: Flask) -> None:
    row = session("a")
    with app.app_context():
        ADD.run(row)
        (found,) = FIND.all({"wanted": "a"})
        entity = db.session.get_one(Session, "a")

        assert found._asdict() == row
        assert {name: getattr(entity, name) for name in row} == row


def test_a_sign_of_percent_is_one_on_both_databases(app: Flask) -> None:
    rest = literal_column("7", Integer) % bindparam("by", type_=Integer)
    share = literal_column("'40%s'", String)
    with app.app_context():
        assert tuple(*Prepared(select(rest.label("rest"), share.label("share"))).all({"by": 4})) == (3, "40%s")


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


def test_writes_of_a_block_are_made_at_its_end_as_one_where_a_server_is_asked(app: Flask) -> None:
    names = [f"{number}" for number in range(20)]
    with app.app_context(), stage.statements(app) as ran:
        ADD.run(session("before"))
        with together():
            SEE.write({"wanted": "before", "moment": LATER})
            for name in names:
                ADD.write(session(name))
            assert FIND.all({"wanted": "0"}) == []
        (seen,) = FIND.all({"wanted": "before"})
        added = [row for name in names for row in FIND.all({"wanted": name})]

    writes = [statement for statement in ran if "session" in statement and not statement.startswith("SELECT")]
    assert seen.seen_at == LATER
    assert [row._asdict() for row in added] == [{**session(row.id), "person_id": row.person_id} for row in added]
    assert [row.id for row in added] == names
    assert len(writes) == 1 + (2 if app.config["LAKSANA"].database.startswith("postgresql") else 1 + len(names))


def add_together(*names: str, condition: Write | None = None) -> None:
    with together(condition):
        for name in names:
            ADD.write(session(name))
        if "" in names:
            raise LookupError


def test_a_block_that_fails_writes_nothing(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(LookupError):
            add_together("a", "")
        ADD.write(session("b"))

        assert [len(FIND.all({"wanted": name})) for name in ("a", "b")] == [0, 1]


def test_a_part_that_is_refused_refuses_the_block(app: Flask) -> None:
    with app.app_context():
        add_together("a")
        db.session.commit()
        with pytest.raises(IntegrityError):
            add_together("b", "a")
        db.session.rollback()

        assert FIND.all({"wanted": "b"}) == []


def see(name: str) -> Write:
    return SEE, {"wanted": name, "moment": LATER}


def test_what_depends_on_a_write_is_written_with_it(app: Flask) -> None:
    with app.app_context():
        add_together("a")
        with stage.statements(app) as ran:
            add_together("b", condition=see("a"))

        assert FIND.all({"wanted": "a"})[0].seen_at == LATER
        assert FIND.all({"wanted": "b"})
    assert len(ran) == (1 if app.config["LAKSANA"].database.startswith("postgresql") else 2)


@pytest.mark.parametrize("others", [1, 40])
def test_what_depends_on_a_write_that_found_nothing_is_refused(app: Flask, others: int) -> None:
    with app.app_context():
        names = [f"after-{number}" for number in range(others)]
        with pytest.raises(Unmet):
            add_together(*names, condition=see("nobody"))
        db.session.rollback()

        assert [row for name in names for row in FIND.all({"wanted": name})] == []


@on_postgresql
def test_what_was_prepared_is_kept_from_page_to_page(app: Flask) -> None:
    visitor = Visitor(app, "nganjuk.sekretaris")
    for _ in range(7):
        assert visitor.get("/tugas").status == OK
    with app.app_context():
        kept = db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()

    assert any("FROM session" in statement for statement in kept)


def test_listeners_hear_of_it(app: Flask) -> None:
    with app.app_context(), stage.statements(app) as ran:
        FIND.all({"wanted": "a"})

    assert [statement.split()[0] for statement in ran] == ["SELECT"]


def cut_off(postgresql: PostgreSQL) -> None:
    with postgresql.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'demo'")


@on_postgresql
def test_a_connection_that_is_gone_is_given_up(app: Flask, postgresql: PostgreSQL) -> None:
    with app.app_context():
        assert FIND.all({"wanted": "a"}) == []
        cut_off(postgresql)

        with pytest.raises(OperationalError) as refused:
            FIND.all({"wanted": "a"})
        assert readiness.is_away(refused.value)

        db.session.rollback()
        assert FIND.all({"wanted": "a"}) == []
        assert db.session.scalar(select(Person.id).limit(1)) is not None


@on_postgresql
@pytest.mark.parametrize("rested", [0.0, 60.0], ids=["asked", "overheard"])
def test_a_connection_that_died_while_it_rested_is_not_used(
    app: Flask, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch, rested: float
) -> None:
    monkeypatch.setattr(base, "RESTED", rested)
    with app.app_context():
        assert FIND.all({"wanted": "a"}) == []
        db.session.commit()
        cut_off(postgresql)

        assert FIND.all({"wanted": "a"}) == []


def orm_adds(row: dict[str, object]) -> None:
    db.session.execute(insert(Session).values(row))


@on_postgresql
@pytest.mark.parametrize("write", [ADD.run, orm_adds], ids=["driver", "SQLAlchemy"])
def test_a_server_that_takes_no_writes_is_left(app: Flask, write: Callable[[dict[str, object]], object]) -> None:
    number = select(func.pg_backend_pid())
    with app.app_context():
        left = db.session.scalar(number)
        db.session.execute(text("SET TRANSACTION READ ONLY"))

        with pytest.raises(InternalError) as refused:
            write(session("a"))
        assert readiness.is_away(refused.value)

        db.session.rollback()
        write(session("a"))
        assert db.session.scalar(number) != left


@on_postgresql
@pytest.mark.parametrize(("wanted", "found"), [("read-write", "off"), ("any", "on")])
def test_of_several_servers_one_that_takes_no_writes_any_more_is_not_read(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, found: str
) -> None:
    monkeypatch.setattr(base, "RESTED", 0.0)
    several = f"{app.config['LAKSANA'].database}&target_session_attrs={wanted}"
    one_of_them = stage.started(Settings(data=tmp_path, database=several))
    with one_of_them.app_context():
        db.session.execute(text("SET default_transaction_read_only = on"))
        db.session.commit()

        assert db.session.scalar(text("SHOW transaction_read_only")) == found
    stage.release(one_of_them)


@on_postgresql
@pytest.mark.parametrize("end", [lambda: None, end_reading], ids=["taken back", "read to the end"])
def test_a_session_whose_line_broke_at_its_end_meets_nobody(
    app: Flask, postgresql: PostgreSQL, end: Callable[[], None]
) -> None:
    with app.app_context():
        assert FIND.all({"wanted": "a"}) == []
        cut_off(postgresql)
        end()

    assert db.session.registry.registry == {}


@on_postgresql
def test_what_is_written_after_a_line_broke_is_saved_with_the_rest(app: Flask, postgresql: PostgreSQL) -> None:
    with app.app_context():
        assert FIND.all({"wanted": "a"}) == []
        cut_off(postgresql)
        with pytest.raises(OperationalError):
            db.session().close()

        ADD.write(session("a"))
        db.session.add(Session(**session("b")))
        db.session.commit()
        db.session.remove()
        assert [len(FIND.all({"wanted": name})) for name in ("a", "b")] == [1, 1]
