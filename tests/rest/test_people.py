"""People and groups by the dialect: nobody learns of more people than on the pages, and nothing is changed."""

import pytest
from flask import Flask

from service.rest.people import is_like
from tests.conftest import on_sqlite
from tests.drafting import Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program

PATTERNS = [
    ("Siti Aminah", "siti%", True),
    ("Siti Aminah", "%AMI%", True),
    ("Siti Aminah", "s%i%h", True),
    ("Siti Aminah", "siti aminah", True),
    ("Siti Aminah", "siti", False),
    ("Siti Aminah", "%h%i", False),
    ("aa", "a%a%a", False),
    ("aba", "ab%ba", False),
    ("a" * 300, "%a" * 50, True),
    ("", "%", True),
]


@pytest.mark.parametrize(("text", "pattern", "found"), PATTERNS)
def test_patterns(text: str, pattern: str, found: bool) -> None:  # noqa: FBT001 - a row of the table
    assert is_like(text, pattern) == found


def test_people_are_seen_as_on_the_pages(app: Flask) -> None:
    admin, staff, auditor = Program(app), Program(app, "blitar.jfu"), Program(app, "auditor")
    foreign = Program(app, "banggai.kadis", "banggai")
    profile = {"id", "firstName", "lastName", "email"}

    everybody, colleagues = admin.get("/user"), staff.get("/user")
    assert {frozenset(one) for one in everybody} == {frozenset(profile)}
    assert {one["id"] for one in colleagues} < {one["id"] for one in everybody}
    assert [one["id"] for one in auditor.get("/user")] == ["auditor"]
    assert {one["email"] for one in colleagues if one["id"] != "blitar.jfu"} == {None}
    assert not {one["id"] for one in foreign.get("/user")} & {"blitar.kadis", "blitar.jfu"}
    assert staff.get("/user/blitar.kadis/profile")["id"] == "blitar.kadis"
    for stranger in (foreign, auditor):
        gone = stranger.refused("GET", "/user/blitar.kadis/profile")
        assert gone == stranger.refused("GET", "/user/tidak.ada/profile") == (404, "InvalidRequestException")
        assert stranger.get("/identity/groups", userId="blitar.kadis") == {"groups": [], "groupUsers": []}
    asked: list[tuple[dict[str, str], int]] = [
        ({"idIn": "blitar.kadis,tidak.ada"}, 1), ({"id": "blitar.kadis", "memberOfTenant": "banggai"}, 0),
        ({"memberOfGroup": "kadis"}, 1), ({"memberOfGroup": "tidak_ada"}, 0),
        ({"firstNameLike": "%%%"}, len(colleagues)),
    ]  # fmt: skip
    for query, found in asked:
        assert staff.get("/user/count", **query) == {"count": found}, query
    down = staff.get("/user", sortBy="userId", sortOrder="desc", maxResults="2", firstResult="1")
    assert [one["id"] for one in down] == sorted((one["id"] for one in colleagues), reverse=True)[1:3]
    for wrong in ("apa=1", "sortBy=password", "id=${x}", "memberOfGroup=%23{x}", "maxResults=-1"):
        assert staff.refused("GET", f"/user?{wrong}")[0] == 400, wrong
    assert staff.refused("GET", "/identity/groups")[0] == 400


def test_groups_are_those_that_tasks_are_offered_to(sketch: Sketch, app: Flask) -> None:
    sketch.deploy(process(start(), task("satu"), end(), line("mulai", "satu", "selesai")))
    case = sketch.begin()
    (offered,) = sketch.open_tasks(case)[0].groups
    head, other = Program(app, "blitar.kadis"), Program(app, "blitar.jfu")

    assert head.get(f"/group/{offered}") == {
        "id": offered,
        "name": head.get(f"/group/{offered}")["name"],
        "type": "position",
    }
    own = {one["id"] for one in head.get("/identity/groups", userId="blitar.kadis")["groups"]}
    assert offered in own
    assert own == {one["id"] for one in head.get("/group", member="blitar.kadis")}
    assert head.get("/group/count", type="unit")["count"] > 1
    assert head.get("/group/count", nameLike="%", type="position", memberOfTenant="banggai") == {"count": 0}
    assert head.refused("GET", "/group/tidak_ada")[0] == 404
    theirs = {one["id"] for one in Program(app, "banggai.kadis", "banggai").get("/group")}
    assert theirs != {one["id"] for one in head.get("/group")}
    mates = other.get("/identity/groups", userId="blitar.jfu")
    assert (set(mates), set(mates["groups"][0])) == ({"groups", "groupUsers"}, {"id", "name"})
    for user, found in (("blitar.kadis", 1), ("blitar.jfu", 0), ("tidak.ada", 0), ("banggai.kadis", 0)):
        query = {"candidateUser": user, "processInstanceId": str(case)}
        assert head.get("/task/count", **query) == other.post("/task/count", **query) == {"count": found}, user


@on_sqlite
def test_passwords_and_changes_are_not_taken(app: Flask) -> None:
    program = Program(app)

    for method, path in (("POST", "/identity/verify"), ("PUT", "/user/admin/credentials"), ("POST", "/group/create")):
        body = {"username": "admin", "password": "laksana"}
        assert program.refused(method, path, json=body) == (501, "NotImplementedException")
