"""Work that came back: the reason beside the part it concerns, and what is new for who returned it."""

from uuid import UUID

import pytest
from flask import Flask

from service.queries.case_page import case_page
from tests import answers
from tests.answers import BLITAR
from tests.walking import Page, Player, Walker, said


def returned(app: Flask, parts: list[str]) -> tuple[UUID, str]:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_09")
        task = player.task(case, "row_09")
        raw = {**player.answers(task, outcome="kembalikan"), "bagian": parts}
        player.complete_raw("blitar.sekretaris", task.id, raw)
        return case, f"/tugas/{player.task(case, 'row_07').id}"


def marks(page: Page) -> dict[str, str]:
    """Return the marks by id."""
    return {note.get("id"): said(note) for note in page.tree.xpath("//*[contains(@id, '-minta')]")}


def test_the_mark_stands_at_the_part_and_is_joined_to_the_reason(app: Flask, walker: Walker) -> None:
    _, address = returned(app, ["ringkasan", "tabel capaian"])

    page = walker.as_user("blitar.kasubbag").get(address)

    assert list(marks(page).values()) == ["Diminta diperiksa."] * 2
    (summary,) = page.tree.xpath("//textarea[@name='ringkasan']")
    described = summary.get("aria-describedby").split()
    assert {"f-ringkasan-minta", "alasan-isi"} <= set(described)
    assert page.said_in("alasan-isi") == answers.for_element(BLITAR, "row_09", outcome="kembalikan")["alasan"]
    links = page.tree.xpath("//section[@aria-labelledby='alasan-kembali']//a/@href")
    assert [page.tree.get_element_by_id(link[1:]) is not None for link in links] == [True, True]


def test_who_only_reads_a_part_is_led_to_it_as_well(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_10")
        task = player.task(case, "row_10")
        parts = ["ringkasan", "berkas draf"]
        player.complete_raw(
            "blitar.kadis", task.id, {**player.answers(task, outcome="kembalikan"), "bagian_pengesahan": parts}
        )
        address = f"/tugas/{player.task(case, 'row_09').id}"

    page = walker.as_user("blitar.sekretaris").get(address)

    links = page.tree.xpath("//section[@aria-labelledby='alasan-kembali']//a/@href")
    assert links == ["#f-ringkasan", "#f-berkas_draf"]
    for link in links:
        (mark,) = page.tree.get_element_by_id(link[1:]).find_class("field-note")
        assert said(mark) == "Diminta diperiksa."


def test_a_part_that_is_no_field_is_named_only(app: Flask, walker: Walker) -> None:
    _, address = returned(app, ["lainnya"])

    page = walker.as_user("blitar.kasubbag").get(address)

    assert "bagian: lainnya" in page.main
    assert marks(page) == {}


def test_a_first_round_has_no_marks(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        task = player.task(player.reach(BLITAR, "row_07"), "row_07").id

    assert marks(walker.as_user("blitar.kasubbag").get(f"/tugas/{task}")) == {}


def test_who_returned_it_sees_what_changed_and_the_new_version_of_the_file(app: Flask, walker: Walker) -> None:
    case, _ = returned(app, ["berkas draf"])
    with app.app_context():
        player = Player()
        player.complete(case, "row_07")
        player.complete(case, "row_08")
        address = f"/tugas/{player.task(case, 'row_09').id}"

    page = walker.as_user("blitar.sekretaris").get(address)

    (changed,) = page.tree.xpath("//section[@aria-labelledby='ub']")
    assert "Berkas draf baru draf-v2.pdf" in said(changed)
    assert "versi 2" in said(changed)
    assert "Semula draf-v1.pdf." in said(changed)
    (link,) = changed.xpath(".//a[contains(@href, '/lampiran/')]/@href")
    assert walker.as_user("blitar.sekretaris").get(link).response.data == answers.content("draf-v2.pdf")


@pytest.mark.parametrize("rounds", [1, 2])
def test_files_of_the_same_question_count_their_versions_and_the_old_ones_stay(player: Player, rounds: int) -> None:
    case = player.reach(BLITAR, "row_09")
    for _ in range(rounds):
        player.complete(case, "row_09", outcome="kembalikan")
        player.complete(case, "row_07")
        player.complete(case, "row_08")

    files = case_page(player.actor("auditor", "blitar"), player.now, case).files

    drafts = sorted((file.round, file.version, file.name) for file in files if file.name.startswith("draf"))
    assert drafts == [(n, n, f"draf-v{n}.pdf") for n in range(1, rounds + 2)]
    assert {file.version for file in files if not file.name.startswith("draf")} == {1}
