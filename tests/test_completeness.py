"""A step closes when its required outputs are there or somebody entitled does without them; nothing else lets it."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service import claims, deployments, identity, tasks, waivers
from service.deployments import File
from service.errors import Invalid, NotAllowed, NotFound, OutputsMissing, ReasonMissing, TaskClosed
from service.models import History, Task, db
from service.queries import completeness
from tests import stage
from tests.answers import BLITAR, Raw, as_html
from tests.walking import Player, Walker

ELEMENT, QUESTION = "row_05", "berkas_olahan"
WHY = "Alat pindai rusak; dokumen kertas disimpan di lemari 2."


@pytest.fixture
def case(player: Player) -> UUID:
    """Return a case at a step that has to yield a file."""
    return player.reach(BLITAR, ELEMENT)


def without_file(player: Player, case: UUID) -> tuple[Task, Raw]:
    task = player.task(case, ELEMENT)
    return task, {**player.answers(task), QUESTION: []}


def told(case: UUID, kind: str) -> list[History]:
    lines = select(History).where(History.instance_id == case, History.kind == kind).order_by(History.sequence)
    return list(db.session.scalars(lines))


def waive(player: Player, user: str, task: Task, reason: str = WHY, number: int = 0, side: str = "output") -> None:
    waivers.waive(player.actor(user, None if "." in user else "blitar"), task.id, side, number, reason, player.now)


def test_a_step_does_not_close_empty_handed(player: Player, case: UUID) -> None:
    task, raw = without_file(player, case)
    with pytest.raises(OutputsMissing) as refusal:
        player.complete_raw("blitar.jfu", task.id, raw)

    assert refusal.value.items == ("konsep terbuat",)
    assert player.open_elements(case) == [ELEMENT]
    assert told(case, "waived") == []


@pytest.mark.parametrize("user", ["blitar.kasubbag", "blitar.sekretaris", "blitar.kadis"])
def test_a_superior_does_without_it_for_a_reason(player: Player, case: UUID, user: str) -> None:
    task, raw = without_file(player, case)
    waive(player, user, task)
    player.complete_raw("blitar.jfu", task.id, raw)

    (line,) = told(case, "waived")
    assert (line.task_id, line.body["name"], line.body["reason"], line.body["round"]) == (
        task.id, "konsep terbuat", WHY, 1,
    )  # fmt: skip
    step = next(step for step in completeness.report(player.actor("blitar.jfu"), case).steps if step.order == 5)
    (entry,) = step.outputs
    assert (entry.state, entry.waiver and entry.waiver.reason) == ("waived", WHY)


@pytest.mark.parametrize("user", ["blitar.jfu", "blitar.bidang1", "admin", "auditor", "analis"])
def test_nobody_else_does_without_it_least_of_all_the_performer(player: Player, case: UUID, user: str) -> None:
    task, _ = without_file(player, case)
    with pytest.raises(NotAllowed):
        waive(player, user, task)
    assert told(case, "waived") == []


def test_another_office_does_not_see_the_task(player: Player, case: UUID) -> None:
    with pytest.raises(NotFound):
        waive(player, "banggai.kadis", player.task(case, ELEMENT))


def test_who_did_without_it_cannot_close_the_step_with_that(player: Player, case: UUID) -> None:
    task, raw = without_file(player, case)
    waive(player, "blitar.kasubbag", task)
    kasubbag = identity.person_named("blitar.kasubbag")
    claims.assign(player.actor("blitar.sekretaris"), task.id, str(kasubbag), "Staf sedang cuti.", player.now)

    with pytest.raises(OutputsMissing):
        player.complete_raw("blitar.kasubbag", task.id, raw)


@pytest.mark.parametrize(
    ("reason", "number", "side", "refusal"),
    [
        ("", 0, "output", ReasonMissing),
        ("ya", 0, "output", ReasonMissing),
        (WHY, 7, "output", Invalid),
        (WHY, -1, "output", Invalid),
        (WHY, 0, "lain", Invalid),
        (WHY, 0, "kelengkapan", Invalid),
    ],
)
def test_only_what_is_missing_is_done_without(
    player: Player, case: UUID, reason: str, number: int, side: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        waive(player, "blitar.kasubbag", player.task(case, ELEMENT), reason, number, side)


def test_it_is_done_without_once_and_only_while_the_step_is_open(player: Player, case: UUID) -> None:
    task, raw = without_file(player, case)
    waive(player, "blitar.kasubbag", task)
    with pytest.raises(Invalid):
        waive(player, "blitar.sekretaris", task)
    player.complete_raw("blitar.jfu", task.id, raw)
    with pytest.raises(TaskClosed):
        waive(player, "blitar.kasubbag", task)


def signing(player: Player) -> UUID:
    """Return a case at the head of the office, who has to yield a file that his form does not require."""
    told_now, asked = b"dokumen [wajib, data: cara_tanda_tangan]", b"dokumen [wajib, berkas: berkas_bertanda_tangan]"
    files = [File(file.name, file.content.replace(told_now, asked), file.process) for file in stage.drafts(BLITAR)]
    deployments.deploy(player.actor("analis", "blitar"), files, player.now)
    return player.reach(BLITAR, "row_10", title="Kepala tanpa atasan")


def test_the_head_with_nobody_above_does_without_it_himself(player: Player) -> None:
    case = signing(player)
    task = player.task(case, "row_10")
    raw = {**player.answers(task), "berkas_bertanda_tangan": []}
    groups = {str(task.id): task.groups}
    with pytest.raises(OutputsMissing):
        player.complete_raw("blitar.kadis", task.id, raw)
    with pytest.raises(NotAllowed):
        waive(player, "blitar.sekretaris", task)
    assert waivers.may_waive(player.actor("blitar.sekretaris"), case, groups) == set()
    assert waivers.may_waive(player.actor("blitar.kadis"), case, groups) == groups.keys()

    waive(player, "blitar.kadis", task)
    player.complete_raw("blitar.kadis", task.id, raw)

    assert [(line.position, line.body["reason"]) for line in told(case, "waived")] == [("Kepala Dinas", WHY)]


def test_what_the_form_itself_requires_nobody_does_without(player: Player) -> None:
    case = player.reach(BLITAR, "row_07")
    task, head = player.task(case, "row_07"), player.actor("blitar.kadis")
    report = completeness.report(head, case)
    assert report.awaited == {(7, "Menyusun draf dokumen"): 1}

    assert waivers.waivable(head, task.id).items == ()
    assert report.waivable == ()
    with pytest.raises(Invalid):
        waive(player, "blitar.kadis", task)


@pytest.mark.parametrize(("element", "answer"), [("row_10", "berkas_bertanda_tangan"), ("row_14", "bukti_kirim")])
def test_a_file_that_may_follow_later_keeps_no_step_open(player: Player, element: str, answer: str) -> None:
    case = player.reach(BLITAR, element)
    task = player.task(case, element)
    player.complete_raw(player.performer(task).user_name, task.id, {**player.answers(task), answer: []})

    assert element not in player.open_elements(case)


def test_a_question_says_that_the_step_needs_its_answer(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, ELEMENT)
        task = player.task(case, ELEMENT)
    address, staff = f"/tugas/{task.id}", walker.as_user("blitar.jfu")
    assert "Hasil pengolahan (tidak wajib)" in staff.get(address).main
    assert "Berkas hasil olahan (tidak wajib)" not in staff.get(address).main

    with app.app_context():
        waive(player, "blitar.kasubbag", task)
    assert "Berkas hasil olahan (tidak wajib)" in staff.get(address).main


def test_a_step_that_sends_work_back_yields_nothing(player: Player) -> None:
    case = player.reach(BLITAR, "row_10")
    task = player.task(case, "row_10")
    raw = player.answers(task, outcome="kembalikan")
    raw.pop("berkas_bertanda_tangan", None)
    done = player.complete_raw("blitar.kadis", task.id, raw)

    assert done.returned
    steps = completeness.report(player.actor("blitar.kadis"), case).steps
    (step,) = (step for step in steps if step.order == 10)
    assert (step.state, [entry.state for entry in step.outputs]) == ("returned", ["returned"])


def test_the_report_names_versions_and_who_gave_what(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.advance(case, "row_09")
    steps = completeness.report(player.actor("auditor", "blitar"), case).steps

    drafts = [step for step in steps if step.order == 7]
    pieces = [entry.pieces for step in drafts for entry in step.outputs]
    assert [(piece.version, piece.by, piece.files[0][1]) for (piece,) in pieces] == [
        (1, drafts[0].who, "draf-v1.pdf"), (2, drafts[1].who, "draf-v2.pdf"),
    ]  # fmt: skip
    reviews = [step.inputs[0].pieces[0].version for step in steps if step.order == 9]
    assert reviews == [1, 2]
    gathered = next(step for step in steps if step.order == 5).inputs[0]
    assert min(piece.unit_name for piece in gathered.pieces) == "Bidang Pemberdayaan Sosial"
    assert len(gathered.pieces) == 4
    assert {step.state for step in steps if step.order > 9} == {"wait"}


def test_a_step_whose_answers_suffice_costs_no_statement_and_a_missing_one_a_single_read(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, ELEMENT)
        task, raw = without_file(player, case)
        whole = player.answers(task)
        actor = player.actor("blitar.jfu")

        with stage.statements(app) as empty, pytest.raises(OutputsMissing):
            tasks.complete(actor, task.id, raw, player.now)
        with stage.statements(app) as ran:
            tasks.complete(actor, task.id, whole, player.now)

    assert len([one for one in empty if one.startswith("SELECT") and "history" in one.lower()]) == 1
    assert [one for one in ran if one.startswith("SELECT") and "history" in one.lower()] == []


def test_the_report_counts_what_open_steps_have_yet_to_yield(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, ELEMENT)
        task = player.task(case, ELEMENT)
    address, staff = f"/berkas/{case}/kelengkapan", walker.as_user("blitar.jfu")
    awaited = "1 butir wajib menunggu di langkah 5, Mengolah data"
    assert awaited in staff.get(address).main
    assert "Tidak ada butir wajib yang kurang" not in staff.get(address).main

    with app.app_context():
        waive(player, "blitar.kasubbag", task)
    assert awaited not in staff.get(address).main
    assert "Tidak ada butir wajib yang kurang" in staff.get(address).main


def test_the_page_names_what_is_missing_and_keeps_what_was_typed(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, ELEMENT)
        task = player.task(case, ELEMENT).id
    address = f"/tugas/{task}"
    staff, head = walker.as_user("blitar.jfu"), walker.as_user("blitar.kasubbag")
    sheet = staff.get(address)
    assert "Mengisi data Bidang" in sheet.main  # where its input comes from
    typed = {"kelengkapan_data": "lengkap", "hasil_pengolahan": "Sudah dihitung ulang."}
    pairs = [(name, typed.get(name, value or "")) for name, value in sheet.controls("tugas") if name not in typed]
    refused = staff.post(address, [*pairs, *typed.items()])

    assert refused.status == 422
    assert "konsep terbuat" in refused.main
    assert "Sudah dihitung ulang." in refused.response.text
    report = head.get(f"/berkas/{case}/kelengkapan")
    assert f"{address}/tiadakan" in report.response.text
    assert f"{address}/tiadakan" not in staff.get(f"/berkas/{case}/kelengkapan").response.text
    form = head.get(f"{address}/tiadakan").tree.xpath("//form[@action=$action]", action=f"{address}/tiadakan")[0]
    values = {**dict(form.form_values()), "butir": "output-0"}
    assert head.post(f"{address}/tiadakan", {**values, "alasan": ""}).status == 422
    answers = [head.post(f"{address}/tiadakan", {**values, "alasan": WHY}) for _ in range(2)]
    assert [(answer.status, answer.location) for answer in answers] == [(303, f"/berkas/{case}/kelengkapan")] * 2
    assert WHY in head.get(f"/berkas/{case}/kelengkapan").main
    assert staff.post(address, [*pairs, *typed.items()]).status == 303
    with app.app_context():
        assert len(told(case, "waived")) == 1
    assert "atasan Anda atau pemegang jabatan yang memulai SOP ini dapat meniadakannya" in refused.main


def test_the_page_tells_the_head_with_nobody_above_that_he_may_do_without_it(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        task = player.task(signing(player), "row_10")
        address, raw = f"/tugas/{task.id}", {**player.answers(task), "berkas_bertanda_tangan": ()}
    head = walker.as_user("blitar.kadis")

    refused = head.post(address, as_html(raw))

    assert "Anda dapat meniadakannya sendiri dengan alasan" in refused.main
    assert "atasan Anda" not in refused.main
    (way,) = refused.tree.xpath("//*[@id='output-kurang']//a/@href")
    assert "dokumen" in head.get(way).main
