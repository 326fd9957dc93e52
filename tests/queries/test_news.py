"""News: what has come since somebody looked last."""

from datetime import timedelta

from service import news
from service.queries import news as found
from tests.answers import NGANJUK
from tests.walking import Player


def test_a_new_task_is_news_until_it_was_looked_at(player: Player) -> None:
    kasubbag = player.actor("nganjuk.kasubbag")
    case = player.reach(NGANJUK, "row_02")
    assert found.unread(kasubbag) == 1

    (item,) = news.look(kasubbag, player.now)

    task = player.task(case, "row_02")
    assert (item.kind, item.task_id, item.task_name, item.is_new) == ("task-opened", str(task.id), task.name, True)
    assert (item.case_id, item.by) == (str(case), "Sekretaris Dinas")
    assert found.unread(kasubbag) == 0
    assert [item.is_new for item in news.look(kasubbag, player.now + timedelta(minutes=1))] == [False]


def test_a_task_that_is_done_is_no_news_any_more(player: Player) -> None:
    kasubbag = player.actor("nganjuk.kasubbag")
    case = player.reach(NGANJUK, "row_02")
    player.complete(case, "row_02")

    assert (found.unread(kasubbag), news.look(kasubbag, player.now)) == (0, ())


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

    assert (found.unread(first), found.unread(second)) == (0, 1)
