"""News: what has come since somebody looked last."""

from datetime import timedelta

from service import claims, identity, news
from service.engine.assignment import Role
from service.identity import NewPerson
from service.queries import agenda
from service.queries import news as found
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player


def test_a_new_task_is_news_until_it_was_looked_at(player: Player) -> None:
    kasubbag = player.actor("nganjuk.kasubbag")
    case = player.reach(NGANJUK, "row_02")
    assert found.unread(kasubbag, player.now) == 1

    (item,) = news.look(kasubbag, player.now)

    task = player.task(case, "row_02")
    assert (item.kind, item.task_id, item.task_name, item.is_new) == ("task-opened", str(task.id), task.name, True)
    assert (item.case_id, item.by) == (str(case), "Sekretaris Dinas")
    assert found.unread(kasubbag, player.now) == 0
    assert [item.is_new for item in news.look(kasubbag, player.now + timedelta(minutes=1))] == [False]


def test_a_task_that_is_done_is_no_news_any_more(player: Player) -> None:
    kasubbag = player.actor("nganjuk.kasubbag")
    case = player.reach(NGANJUK, "row_02")
    player.complete(case, "row_02")

    assert (found.unread(kasubbag, player.now), news.look(kasubbag, player.now)) == (0, ())


def test_who_began_a_case_hears_of_its_end_and_nobody_else_does(player: Player) -> None:
    starter, other = player.actor("nganjuk.sekretaris"), player.actor("nganjuk.bidang1")
    case = player.reach(NGANJUK, "row_07")
    player.complete(case, "row_07")

    (item,) = news.look(starter, player.now)

    assert (item.kind, item.case_id, item.task_id) == ("case-ended", str(case), "")
    assert news.look(other, player.now) == ()


def test_the_news_of_one_office_are_not_those_of_another(player: Player) -> None:
    player.reach(NGANJUK, "row_02")

    assert news.look(player.actor("blitar.kasubbag"), player.now) == ()


def test_each_reads_for_himself(player: Player) -> None:
    player.reach(NGANJUK, "row_04_bidang")
    first, second = player.actor("nganjuk.bidang1"), player.actor("nganjuk.bidang2")

    news.look(first, player.now)

    assert (found.unread(first, player.now), found.unread(second, player.now)) == (0, 1)


def test_a_task_that_a_colleague_took_is_no_news(player: Player) -> None:
    task = player.task(player.reach(BLITAR, "row_05"), "row_05")
    new = NewPerson("blitar.jfu2", "Staf Kedua", "kata sandi", [("blitar", "jfu")], [("blitar", Role.STAFF)])
    identity.add_person(new, player.now)
    both = player.actor("blitar.jfu"), player.actor("blitar.jfu2")
    assert [found.unread(who, player.now) for who in both] == [1, 1]

    claims.claim(both[1], task.id, player.now)

    assert [found.unread(who, player.now) for who in both] == [0, 1]
    assert [len(agenda.dues(who, player.now)) for who in both] == [0, 1]
