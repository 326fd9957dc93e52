"""When a case is expected to be done, and how long its SOP takes."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from flask import Flask

from service import catalogue, store
from service.engine import worktime
from service.queries import definitions
from service.queries.case_page import CasePage, case_page
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player, Walker


def page_of(player: Player, case: UUID, office: str = "blitar") -> CasePage:
    return case_page(player.actor("auditor", office), player.now, case)


def test_each_row_ahead_follows_the_one_before_by_its_standard(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")

    page = page_of(player, case)

    ahead = [row for row in page.rows if row.expected_at]
    nodes = {node.id: node for node in catalogue.of_instance(store.get_instance("blitar", case)).diagram.user_tasks}
    calendar = catalogue.calendar("blitar")
    (place,) = page.places
    moments = [place.due_at, *(row.expected_at for row in ahead)]
    assert [row.order for row in ahead] == list(range(10, 16))
    assert page.expected_end == ahead[-1].expected_at
    for (before, after), row in zip(pairwise(moments), ahead, strict=True):
        assert before is not None
        assert after == worktime.due(calendar, before, catalogue.standard_of(nodes[row.element]))


def test_a_late_case_is_expected_from_now_on(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    soon = page_of(player, case).expected_end
    player.now += timedelta(days=40)

    later = page_of(player, case).expected_end

    assert soon is not None
    assert later is not None
    assert later > player.now > soon


def test_a_case_that_is_done_expects_nothing(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    player.finish(case)

    page = page_of(player, case, "nganjuk")

    assert (page.expected_end, [row for row in page.rows if row.expected_at]) == (None, [])


def test_the_start_list_says_how_long_an_sop_takes(player: Player) -> None:
    actor = player.actor("nganjuk.sekretaris")
    (before,) = definitions.startable(actor)
    case = player.start(NGANJUK)
    player.now += timedelta(days=7)
    player.finish(case)

    (after,) = definitions.startable(actor)

    assert (before.average_days, after.average_days) == (None, 5)


def test_who_began_a_case_finds_where_it_is_in_two_interactions(app: Flask, walker: Walker) -> None:
    with app.app_context():
        Player().reach(BLITAR, "row_09", "Berkas saya")
    kadis = walker.as_user("blitar.kadis")

    cases = kadis.get("/tugas").tree.xpath("//nav[@aria-label='Utama']//a[span='Berkas']/@href")[0]
    case = kadis.get(cases).tree.xpath("//a[normalize-space()='Berkas saya']/@href")[0]
    page = kadis.get(case)

    assert "Berkas sedang di Sekretaris" in page.main
    assert "Perkiraan selesai" in page.main
    assert page.said_in("langkah").count("perkiraan ") == 6


def test_the_start_form_says_what_follows(walker: Walker) -> None:
    kadis = walker.as_user("blitar.kadis")

    assert "belum ada berkas yang selesai" in kadis.get("/mulai").main
    assert "Langkah berikutnya: " in kadis.get(f"/mulai/{BLITAR}").main
