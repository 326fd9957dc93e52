"""Incidents: what is kept of an act that failed, who may correct what, and who wins when two try again at once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from service import comments, demo, deployments, identity, incidents, instances, store, tasks
from service.deployments import File
from service.engine.assignment import Actor
from service.errors import (
    AnswersInvalid,
    Conflict,
    EngineFailed,
    FieldError,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refused,
)
from service.models import Draft, History, Incident, Instance, db
from service.once import Once
from tests import stage
from tests.answers import RENSTRA
from tests.racing import Race
from tests.walking import Player

TABLES = (*stage.CASE_TABLES, "incident")
REASON = "Tahun pada permintaan salah ketik."


def deploy_with(player: Player, condition: str) -> None:
    """Deploy an SOP whose approval depends on a condition over the data of the case."""
    text = f'if keputusan = "setuju" then ({condition}) else false'.replace("<", "&lt;").encode()
    changed = [
        File(file.name, file.content.replace(b'keputusan = "setuju"</bpmn', text + b"</bpmn"), file.process)
        for file in demo.drafts(RENSTRA)
    ]
    assert any(text in file.content for file in changed)
    deployments.deploy(player.actor("analis", "banggai"), changed, player.now)


def failed(player: Player, condition: str = 'if tahun = "2027" then true else "salah"') -> UUID:
    """Play a case of Banggai until the approval fails, and return it."""
    deploy_with(player, condition)
    case = player.reach(RENSTRA, "row_09")
    with pytest.raises(EngineFailed):
        player.complete(case, "row_09")
    return case


def instance_of(case: UUID) -> Instance:
    return db.session.scalars(select(Instance).where(Instance.id == case)).one()


def incident_of(case: UUID) -> Incident:
    return db.session.scalars(select(Incident).where(Incident.instance_id == case)).one()


def lines(case: UUID) -> list[History]:
    found = select(History).where(History.instance_id == case).order_by(History.sequence)
    return list(db.session.scalars(found))


def admin(player: Player, office: str = "banggai") -> Actor:
    return player.actor("admin", office)


def retry(player: Player, case: UUID, reason: str = REASON, **raw: str) -> Instance:
    player.now += timedelta(minutes=1)
    return incidents.retry(admin(player), incident_of(case).id, raw, reason, player.now)


# What is kept -----------------------------------------------------------------------------------------


def test_a_failed_act_is_kept_whole_beside_the_last_good_state(app: Flask, player: Player) -> None:
    deploy_with(player, '"salah"')
    case = player.reach(RENSTRA, "row_09")
    task = player.task(case, "row_09")
    raw = player.answers(task)
    before = stage.rows(app, ["task", "task_group"])
    state = instance_of(case).state

    with pytest.raises(EngineFailed) as refused:
        tasks.complete(player.performer(task), task.id, raw, player.now)

    incident = incident_of(case)
    person = identity.person_named("banggai.sekretaris")
    assert refused.value.facts == {"incident": incident.id, "case": case}
    assert stage.rows(app, ["task", "task_group"]) == before
    assert (instance_of(case).state, instance_of(case).status) == (state, "running")
    assert (incident.process_key, incident.attempts, incident.opened_at) == (RENSTRA, 1, player.now)
    assert (incident.closed_at, incident.closed_by) == (None, None)
    assert incident.cause
    assert instance_of(case).incident == incident.detail
    body = incident.act.pop("body")
    assert incident.act == {
        "kind": "complete",
        "task": str(task.id),
        "process": RENSTRA,
        "element": "row_09",
        "person": str(person),
        "position": "Sekretaris",
        "returns": False,
    }
    assert (body["form"], body["outcome"], body["values"]["keputusan"]) == ("pemeriksaan", "setuju", "setuju")
    line = lines(case)[-1]
    assert (line.kind, line.element, line.person_id, line.task_id) == ("incident", "row_09", person, task.id)
    assert db.session.scalars(select(Draft.answers).where(Draft.task_id == task.id)).one() == raw


def test_the_same_task_that_fails_again_is_one_more_attempt(player: Player) -> None:
    case = failed(player)

    with pytest.raises(EngineFailed):
        player.complete(case, "row_09")

    assert incident_of(case).attempts == 2
    assert [line.kind for line in lines(case)][-2:] == ["incident", "incident"]


# How it ends ------------------------------------------------------------------------------------------


def test_a_corrected_variable_lets_the_case_go_on(player: Player) -> None:
    case = failed(player)
    failing = player.task(case, "row_09")

    retry(player, case, tahun='"2027"')

    incident, (amended, retried, done) = incident_of(case), lines(case)[-3:]
    office_admin, secretary = identity.person_named("admin"), identity.person_named("banggai.sekretaris")
    assert player.open_elements(case) == ["row_10"]
    assert (incident.closed_at, incident.closed_by, instance_of(case).incident) == (player.now, office_admin, "")
    assert [(line.kind, line.person_id) for line in (amended, retried, done)] == [
        ("amended", office_admin),
        ("retried", office_admin),
        ("completed", secretary),
    ]
    assert amended.body == {
        "reason": REASON,
        "amended": [{"name": "tahun", "before": "2026", "after": "2027"}],
        "passed": [],
    }
    assert (done.task_id, done.position, done.body["values"]) == (
        failing.id,
        "Sekretaris",
        incident.act["body"]["values"],
    )
    assert (failing.status, failing.ended_by, failing.ended_position) == ("completed", secretary, "Sekretaris")
    assert instance_of(case).lines == len(lines(case))
    assert db.session.scalars(select(Draft).where(Draft.task_id == failing.id)).all() == []
    assert player.finish(case).status == "completed"


def test_data_that_were_never_there_can_be_given(player: Player) -> None:
    case = failed(player, 'if catatan_penyerahan = null then "belum ada" else true')

    retry(player, case, catatan_penyerahan='"Diserahkan lewat kurir."')

    assert player.open_elements(case) == ["row_10"]
    assert lines(case)[-3].body["amended"] == [
        {"name": "catatan_penyerahan", "before": None, "after": "Diserahkan lewat kurir."}
    ]


def test_a_value_that_the_act_brought_along_is_corrected_in_the_act(player: Player) -> None:
    case = failed(player, 'if versi = 99 then true else "salah"')
    before = incident_of(case).act["body"]["values"]["versi"]

    retry(player, case, versi="99")

    amended, _, done = lines(case)[-3:]
    assert amended.body["amended"] == [{"name": "versi", "before": before, "after": 99}]
    assert done.body["values"] == incident_of(case).act["body"]["values"] | {"versi": 99}


def test_what_failed_for_a_while_is_tried_again_without_a_correction(player: Player) -> None:
    case = failed(player)
    kept = incident_of(case)
    deployable = dict(kept.act)
    deployable["returns"] = True
    deployable["body"] = {**kept.act["body"], "values": {**kept.act["body"]["values"], "keputusan": "kembalikan"}}
    kept.act = deployable
    db.session.commit()

    retry(player, case, reason="")

    assert [line.kind for line in lines(case)][-2:] == ["retried", "returned"]
    assert player.open_elements(case) == ["row_08"]
    assert player.task(case, "row_08").is_returned


def test_a_retry_that_fails_again_counts_and_saves_no_correction(app: Flask, player: Player) -> None:
    case = failed(player)
    before = stage.rows(app, ["task", "task_group", "draft"])
    state, act = instance_of(case).state, incident_of(case).act

    with pytest.raises(EngineFailed):
        retry(player, case, tahun='"2028"')

    incident, line = incident_of(case), lines(case)[-1]
    assert (incident.attempts, incident.closed_at, incident.act) == (2, None, act)
    assert (line.kind, line.person_id, line.body["reason"]) == ("incident", identity.person_named("admin"), REASON)
    assert stage.rows(app, ["task", "task_group", "draft"]) == before
    assert (instance_of(case).state, bool(instance_of(case).incident)) == (state, True)
    assert incidents.opening(admin(player), incident.id).variables["tahun"] == "2026"


def test_a_person_who_completes_the_task_after_all_closes_the_incident(player: Player) -> None:
    case = failed(player)

    player.complete(case, "row_09", outcome="kembalikan")

    incident = incident_of(case)
    secretary = identity.person_named("banggai.sekretaris")
    assert (incident.closed_at, incident.closed_by) == (player.now, secretary)
    assert instance_of(case).incident == ""
    assert player.open_elements(case) == ["row_08"]


def test_a_cancelled_case_has_no_incident_any_more(player: Player) -> None:
    case = failed(player)
    starter = player.actor(stage.starter_of(RENSTRA))

    instances.cancel(starter, case, "Permintaan dicabut.", player.now)

    assert (incident_of(case).closed_at, incident_of(case).closed_by) == (player.now, starter.person_id)
    assert instance_of(case).incident == ""
    with pytest.raises(Conflict):
        retry(player, case, tahun='"2027"')


def test_a_step_that_failed_once_still_shows_the_answers_of_the_round_before(player: Player) -> None:
    case = failed(player)
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_08")

    opened = tasks.opening(player.actor("banggai.sekretaris"), player.task(case, "row_09").id)

    assert opened.previous is not None
    assert opened.previous["keputusan"] == "kembalikan"


# What is not taken --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wrong:
    """A correction that is refused."""

    name: str
    raw: dict[str, str]
    errors: dict[str, str]


FOREIGN_FILE = json.dumps([{"id": str(uuid4()), "name": "rahasia.pdf", "size": 3}])
WRONG = [
    Wrong("an unknown name", {"disetujui": "true"}, {"disetujui": "variable-unknown"}),
    Wrong("a name of Python", {"__class__": '"x"'}, {"__class__": "variable-unknown"}),
    Wrong("a decision", {"keputusan": '"setuju"'}, {"keputusan": "variable-unknown"}),
    Wrong("the reason of a decision", {"alasan": '"lain"'}, {"alasan": "variable-unknown"}),
    Wrong("a text without quotes", {"tahun": "dua ribu"}, {"tahun": "not-json"}),
    Wrong("half a list", {"tahun": '["2027"'}, {"tahun": "not-json"}),
    Wrong("two values", {"tahun": '"2027" "2028"'}, {"tahun": "not-json"}),
    Wrong("nothing", {"tahun": "null"}, {"tahun": "value-kind"}),
    Wrong("a context", {"tahun": '{"tahun": 2027}'}, {"tahun": "value-kind"}),
    Wrong("no number", {"tahun": "NaN"}, {"tahun": "number-too-large"}),
    Wrong("a number without an end", {"tahun": "[-Infinity]"}, {"tahun": "number-too-large"}),
    Wrong("a number that grows endless", {"tahun": "1e999"}, {"tahun": "number-too-large"}),
    Wrong("a number that is too large", {"tahun": "1000000000000001"}, {"tahun": "number-too-large"}),
    Wrong("more digits than Python reads", {"tahun": "9" * 5000}, {"tahun": "not-json"}),
    Wrong("a NUL", {"tahun": '"20\\u000027"'}, {"tahun": "letters-unstorable"}),
    Wrong("a NUL in a name", {"tahun": '[{"a\\u0000": 1}]'}, {"tahun": "letters-unstorable"}),
    Wrong("half a letter", {"tahun": '["\\ud800"]'}, {"tahun": "letters-unstorable"}),
    Wrong("too long", {"tahun": f'"{"x" * 20_000}"'}, {"tahun": "value-too-long"}),
    Wrong("too deep", {"tahun": "[" * 9 + "]" * 9}, {"tahun": "value-too-deep"}),
    Wrong("deeper than the parser goes", {"tahun": "[" * 9_999 + "]" * 9_999}, {"tahun": "not-json"}),
    Wrong("a file of others", {"berkas_draf": FOREIGN_FILE}, {"berkas_draf": "file-unknown"}),
    Wrong("a good and two bad ones", {"tahun": '"2027"', "periode": "x", "x": "1"},
          {"periode": "not-json", "x": "variable-unknown"}),
]  # fmt: skip


@pytest.fixture
def case(demo: stage.Demo, player: Player) -> UUID:
    """Return a case of Banggai that stands still."""
    found = demo.scene("approval failed", lambda: (failed(player), player.now))
    player.now = found[1]
    return found[0]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_correction_changes_nothing(app: Flask, player: Player, case: UUID, wrong: Wrong) -> None:
    before = stage.rows(app, TABLES)

    with pytest.raises(AnswersInvalid) as refused:
        retry(player, case, **wrong.raw)

    assert {name: error.code for name, error in refused.value.errors.items()} == wrong.errors
    assert stage.rows(app, TABLES) == before


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"2027"', "2027"),
        ("2027", 2027),
        ("-0.5", -0.5),
        ("1000000000000000", 10**15),
        ("true", True),
        (' ["2026", "2027"] ', ["2026", "2027"]),
        ("[]", []),
        ('[{"nama": "Blitar \\u00e9", "nilai": null}]', [{"nama": "Blitar é", "nilai": None}]),
        ("[" * 8 + "]" * 8, [[[[[[[[]]]]]]]]),
        (f'"{"x" * 19_998}"', "x" * 19_998),
    ],
    ids=lambda value: str(value)[:20],
)
def test_texts_numbers_truth_and_lists_are_taken(text: str, value: object) -> None:
    assert incidents.corrections({"tahun": text, "periode": "  "}, {"tahun": None, "periode": "I"}, {}) == {
        "tahun": value
    }


def test_a_value_that_is_there_already_is_no_correction() -> None:
    variables: dict[str, Any] = {"jumlah": 1, "lengkap": True, "daftar": [1]}

    assert incidents.corrections({"jumlah": "true", "lengkap": "true", "daftar": "[1]"}, variables, {}) == {
        "jumlah": True
    }


def test_no_more_than_twenty_values_are_corrected_at_once() -> None:
    variables = dict.fromkeys((f"nilai_{number:02}" for number in range(21)), 0)
    raw = dict.fromkeys(variables, "1")

    with pytest.raises(AnswersInvalid) as refused:
        incidents.corrections(raw, variables, {})

    assert refused.value.errors == {"nilai_20": FieldError("too-many-values", {"limit": 20})}
    assert len(incidents.corrections(dict(list(raw.items())[:20]), variables, {})) == 20


def test_a_file_of_the_case_may_be_named(player: Player, case: UUID) -> None:
    kept = incidents.opening(admin(player), incident_of(case).id).variables["berkas_draf"]
    assert isinstance(kept, list)

    retry(player, case, berkas_draf=json.dumps(kept * 2), tahun='"2027"')

    assert lines(case)[-1].body["values"]["berkas_draf"] == kept * 2


@pytest.mark.parametrize("reason", ["", "  ", "oke", "\x00\x00\x00\x00\x00\x00"])
def test_a_correction_needs_a_reason(app: Flask, player: Player, case: UUID, reason: str) -> None:
    before = stage.rows(app, TABLES)

    with pytest.raises(ReasonMissing):
        retry(player, case, reason, tahun='"2027"')

    assert stage.rows(app, TABLES) == before


# Who may ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """Somebody who may not correct."""

    user: str
    office: str | None
    refusal: type[Refused]


ATTEMPTS = [
    Attempt("banggai.sekretaris", None, NotAllowed),
    Attempt("banggai.kasubag", None, NotAllowed),
    Attempt("analis", "banggai", NotAllowed),
    Attempt("auditor", "banggai", NotAllowed),
    Attempt("admin", "blitar", NotFound),
    Attempt("blitar.kadis", None, NotFound),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: f"{attempt.user} {attempt.office or ''}")
def test_only_the_admin_of_the_office_corrects(app: Flask, player: Player, case: UUID, attempt: Attempt) -> None:
    actor, incident = player.actor(attempt.user, attempt.office), incident_of(case).id
    before = stage.rows(app, TABLES)

    with pytest.raises(attempt.refusal):
        incidents.opening(actor, incident)
    with pytest.raises(attempt.refusal):
        incidents.retry(actor, incident, {"tahun": '"2027"'}, REASON, player.now)

    assert stage.rows(app, TABLES) == before
    assert incidents.opening(admin(player), incident).variables


def test_a_solved_incident_is_not_opened_again(app: Flask, player: Player, case: UUID) -> None:
    retry(player, case, tahun='"2027"')
    before = stage.rows(app, TABLES)

    with pytest.raises(Conflict):
        incidents.opening(admin(player), incident_of(case).id)
    with pytest.raises(Conflict):
        retry(player, case, tahun='"2026"')

    assert stage.rows(app, TABLES) == before


# Two at once ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A case that stands still, and how its person could go on himself."""

    case: UUID
    incident: UUID
    task: UUID
    returning: dict[str, Any]


@pytest.fixture
def standing(race: Race) -> Standing:
    with race.player() as player:
        deploy_with(player, 'if tahun = "2027" then true else "salah"')
        case = player.start(RENSTRA)
        player.advance(case, "row_09")
        task = player.task(case, "row_09")
        with pytest.raises(EngineFailed):
            player.complete(case, "row_09")
        return Standing(case, incident_of(case).id, task.id, dict(player.answers(task, outcome="kembalikan")))


def try_again(standing: Standing, year: str = "2027") -> Callable[[Player], Instance]:
    return lambda runner: incidents.retry(admin(runner), standing.incident, {"tahun": f'"{year}"'}, REASON, runner.now)


def complete(standing: Standing) -> Callable[[Player], tasks.Completed]:
    return lambda runner: runner.complete_raw("banggai.sekretaris", standing.task, standing.returning)


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_of_two_who_try_again_at_once_one_wins(race: Race, standing: Standing) -> None:
    outcomes = race.run("UPDATE instance", try_again(standing), try_again(standing))

    assert kinds(outcomes) == ["IncidentClosed", "Instance"]
    with race.player() as player:
        assert player.open_elements(standing.case) == ["row_10"]
        assert [line.kind for line in lines(standing.case)][-3:] == ["amended", "retried", "completed"]
        assert instance_of(standing.case).lines == len(lines(standing.case))


def test_two_who_fail_again_at_once_are_both_counted(race: Race, standing: Standing) -> None:
    outcomes = race.run("UPDATE instance", try_again(standing, "2028"), try_again(standing, "2029"))

    assert [isinstance(outcome, EngineFailed) for outcome in outcomes] == [True, True]
    with race.player():
        assert incident_of(standing.case).attempts == 3
        assert instance_of(standing.case).lines == len(lines(standing.case))


def test_a_correction_is_carried_out_whatever_was_said_meanwhile(race: Race, standing: Standing) -> None:
    def say(runner: Player) -> int:
        return comments.add(runner.actor("banggai.sekretaris"), standing.case, None, "Sedang diperiksa.", runner.now)

    corrected, _ = race.between("UPDATE instance", try_again(standing), say)

    assert isinstance(corrected, Instance)
    with race.player() as player:
        assert player.open_elements(standing.case) == ["row_10"]
        assert [line.kind for line in lines(standing.case)][-4:] == ["commented", "amended", "retried", "completed"]


def test_a_retry_and_the_person_himself_at_once_have_one_winner(race: Race, standing: Standing) -> None:
    outcomes = race.run("UPDATE instance", try_again(standing), complete(standing))

    assert kinds(outcomes) in (["Instance", "TaskClosed"], ["Completed", "IncidentClosed"])
    with race.player():
        incident = incident_of(standing.case)
        assert incident.closed_at is not None
        assert instance_of(standing.case).incident == ""
        done = [line.kind for line in lines(standing.case) if line.task_id == standing.task][1:]
        assert done in (["amended", "retried", "completed"], ["returned"])


def test_the_incident_of_a_step_beside_stays(race: Race, standing: Standing) -> None:
    """An act on another task of the case solves nothing here."""
    with race.player() as player:
        instance, kept = instance_of(standing.case), incident_of(standing.case)
        other = store.Failure(RENSTRA, "row_09", "engine", "lain", {}, {**kept.act, "task": str(uuid4())})
        store.record_incident(instance, other, store.Fact("incident", player.now, None, ""))

        complete(standing)(player)

        found = db.session.scalars(select(Incident).where(Incident.instance_id == standing.case))
        assert sorted((one.detail == "lain", one.closed_at is None) for one in found) == [(False, False), (True, True)]
        assert instance_of(standing.case).incident == "lain"


def test_what_was_told_with_an_act_that_failed_is_kept(player: Player) -> None:
    case = failed(player)
    task = player.task(case, "row_09")

    with pytest.raises(EngineFailed):
        tasks.complete(
            player.performer(task), task.id, player.answers(task), player.now, comment="Angka sudah saya periksa."
        )

    assert [line.kind for line in lines(case)[-2:]] == ["commented", "incident"]
    assert lines(case)[-2].body["text"] == "Angka sudah saya periksa."


def test_what_is_told_with_an_act_that_fails_again_is_told_once(player: Player) -> None:
    case = failed(player)
    task = player.task(case, "row_09")
    raw, who = player.answers(task), player.performer(task)

    def send(comment: str, key: str = "satu") -> None:
        once = Once.of(who.person_id, key, raw, comment)
        with pytest.raises(EngineFailed):
            tasks.complete(who, task.id, raw, player.now, once=once, comment=comment)

    send("Sudah diperiksa.")
    send("Sudah diperiksa.")
    send("Sudah diperiksa, lalu diubah.")
    send("Sudah diperiksa.", key="dua")

    told = [line.body["text"] for line in lines(case) if line.kind == "commented"]
    assert told == ["Sudah diperiksa.", "Sudah diperiksa, lalu diubah.", "Sudah diperiksa."]
    assert incident_of(case).attempts == 5


def test_what_was_told_with_an_act_that_failed_is_not_told_again_when_it_succeeds(player: Player) -> None:
    deploy_with(player, 'if catatan_penyerahan = null then "belum ada" else true')
    case = player.reach(RENSTRA, "row_09")
    task = player.task(case, "row_09")
    who, once = player.performer(task), Once.of("sekretaris", str(case))
    with pytest.raises(EngineFailed):
        tasks.complete(who, task.id, player.answers(task), player.now, once=once, comment="Sudah diperiksa.")

    returning = player.answers(task, outcome="kembalikan")
    tasks.complete(who, task.id, returning, player.now, once=once, comment="Sudah diperiksa.")

    assert [line.kind for line in lines(case)][-3:] == ["commented", "incident", "returned"]
