"""The demonstration offices: the people and SOPs of the promised names, set up as often as one likes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from service import demo, identity
from service.drafts import File
from service.engine.assignment import Role
from service.models import Definition, Person, db
from tests import answers, stage
from tests.walking import Player

EVERYTHING = ("office", "unit", "position", "person", "holding", "role", "definition", "definition_form")


def test_there_is_somebody_for_every_step_of_every_sop(player: Player) -> None:
    for process in answers.FORMS:
        for row in stage.facts(process):
            user = stage.user_of(process, f"row_{row:02}")
            role = user.partition(".")[2]
            assert role in player.actor(user).groups
        for unit in answers.units(process):
            assert unit in player.actor(stage.user_of(process, "row_01", unit)).groups


def test_the_overseers_have_one_role_in_every_office_and_no_position(player: Player) -> None:
    found = {
        (user, office): (actor.roles, actor.posts)
        for user in ("analis", "auditor", "admin")
        for office, _ in identity.offices(player.actor(user), player.now)
        for actor in [player.actor(user, office)]
    }

    roles = {"analis": Role.ANALYST, "auditor": Role.AUDITOR, "admin": Role.ADMIN}
    assert found == {
        (user, office): (frozenset({role}), ())
        for user, role in roles.items()
        for office in ("banggai", "blitar", "nganjuk")
    }


def test_the_five_sops_are_deployed_in_their_offices(app: Flask) -> None:
    with app.app_context():
        found = db.session.execute(select(Definition.tenant_id, Definition.key, Definition.version)).all()

    assert sorted(map(tuple, found)) == sorted((answers.office(process), process, 1) for process in answers.FORMS)


def test_setting_up_again_changes_nothing(app: Flask) -> None:
    before = stage.rows(app, EVERYTHING)

    with app.app_context():
        demo.prepare("kata sandi lain", stage.MONDAY + timedelta(days=1))

    assert stage.rows(app, EVERYTHING) == before


def test_a_form_that_was_changed_makes_a_new_version_of_its_sop_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_drawn = demo.drafts

    def redrawn(process: str) -> list[File]:
        *kept, last = as_drawn(process)
        return [*kept, replace(last, content=last.content + b"\n") if process == answers.BLITAR else last]

    monkeypatch.setattr(demo, "drafts", redrawn)
    with app.app_context():
        demo.prepare(stage.PASSWORD, stage.MONDAY)
        demo.prepare(stage.PASSWORD, stage.MONDAY)
        newer = db.session.execute(select(Definition.key, Definition.version).where(Definition.version > 1)).all()

    assert [tuple(row) for row in newer] == [(answers.BLITAR, 2)]


def test_everybody_signs_in_with_the_password_of_the_demonstration(app: Flask) -> None:
    with app.app_context():
        people = db.session.scalars(select(Person.user_name)).all()

        assert len(people) == len(set(people)) == 7 + 11 + 7 + 3
        assert {identity.sign_in(user, stage.PASSWORD, "127.0.0.1", stage.MONDAY).person_id for user in people} == set(
            db.session.scalars(select(Person.id))
        )


def test_units_and_scripted_answers_speak_of_the_same_offices() -> None:
    for office in demo.OFFICES:
        assert [*office.units, "sekretariat"] == [unit["kode"] for unit in answers.UNITS[office.key]]
