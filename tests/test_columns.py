"""Values that go into the database: SQLite and PostgreSQL take the same ones, give them back, and refuse the others."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, insert, select

from service.columns import Document, Moment, Packed, String, Text, Whole
from service.errors import Unstorable
from service.models import engine_options
from tests import provision

LENGTH = 8
EARLIEST, LATEST = Moment.first, Moment.last
SAMPLE = Table(
    "sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("short", String(LENGTH)),
    Column("long", Text),
    Column("number", Whole),
    Column("moment", Moment),
    Column("document", Document),
    Column("packed", Packed),
)

letters = st.text(st.characters(codec=None, exclude_categories=()), max_size=LENGTH + 4) | st.sampled_from(
    ["a\x00b", "\ud800", "x" * LENGTH, "x" * (LENGTH + 1), "é" * LENGTH, "🙂" * LENGTH]
)
numbers = st.integers() | st.sampled_from(
    [sign * 2**power + step for sign in (1, -1) for power in (31, 63, 64) for step in (-1, 0)]
)
zones = st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-12))])
moments = st.datetimes(timezones=zones)
scalars = st.none() | st.booleans() | numbers | st.floats() | letters
documents = st.recursive(
    st.lists(scalars, max_size=3),
    lambda inner: st.lists(inner | scalars, max_size=3) | st.dictionaries(letters, inner | scalars, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def engines(postgresql: provision.PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Engine]]:
    """Open an empty database of each kind, whose server has another clock than ours."""
    file = f"sqlite:///{tmp_path_factory.mktemp('columns') / 'sample.db'}"
    url = postgresql.create_database("columns")
    with postgresql.connect() as admin:
        admin.execute("ALTER DATABASE columns SET timezone = 'Asia/Jayapura'")
    opened = [create_engine(one, **engine_options(one, connections=1, is_pooled=False)) for one in (file, url)]
    for engine in opened:
        SAMPLE.metadata.create_all(engine)
    yield opened
    for engine in opened:
        engine.dispose()


def kept(engine: Engine, column: str, value: object) -> Any:  # noqa: ANN401 - of any kind
    """Return what comes back of a value, or the class of its refusal."""
    with engine.connect() as connection:
        try:
            connection.execute(insert(SAMPLE).values({"id": 1, column: value}))
        except Unstorable:
            return Unstorable
        return connection.scalar(select(SAMPLE.c[column]))


def is_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    return all(map(is_finite, value)) if isinstance(value, list) else True


@given(letters)
def test_text_is_kept_or_refused_alike(engines: list[Engine], text: str) -> None:
    can_be = "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)

    assert [kept(engine, "long", text) for engine in engines] == [text if can_be else Unstorable] * 2
    fits = can_be and len(text) <= LENGTH
    assert [kept(engine, "short", text) for engine in engines] == [text if fits else Unstorable] * 2


@given(numbers)
def test_numbers_are_kept_or_refused_alike(engines: list[Engine], number: int) -> None:
    fits = -(2**31) <= number < 2**31

    assert [kept(engine, "number", number) for engine in engines] == [number if fits else Unstorable] * 2


@example(datetime.max.replace(tzinfo=UTC))
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=9))))
@example(LATEST)
@example(EARLIEST)
@given(moments)
def test_moments_are_kept_or_refused_alike(engines: list[Engine], moment: datetime) -> None:
    fits = EARLIEST <= moment <= LATEST

    assert [kept(engine, "moment", moment) for engine in engines] == [moment if fits else Unstorable] * 2


@example({"z": 1, "a": 1.0, "": -0.0, "big": 1e300, "bigger": 10**400, "small": 5e-324})
@example({"a\x00": "\ud800"})
@example([math.nan])
@given(documents)
def test_documents_are_kept_to_the_letter_or_refused_alike(engines: list[Engine], document: object) -> None:
    expected = document if is_finite(document) else Unstorable
    for column in ("document", "packed"):
        came_back = [kept(engine, column, document) for engine in engines]
        assert [repr(one) for one in came_back] == [repr(expected)] * 2


@given(letters, numbers)
def test_questions_are_answered_or_refused_alike(engines: list[Engine], text: str, number: int) -> None:
    def found(engine: Engine, column: str, value: object) -> object:
        with engine.connect() as connection:
            try:
                return connection.scalars(select(SAMPLE.c.id).where(SAMPLE.c[column] == value)).all()
            except Unstorable:
                return Unstorable

    for column, value in (("short", text), ("long", text), ("number", number)):
        first, second = (found(engine, column, value) for engine in engines)
        assert first == second
