"""Processes: the list, one SOP with its versions, and what may be started."""

from dataclasses import replace

import pytest
from flask import Flask

from service import demo, deployments
from service.engine import sop
from service.errors import NotFound, Unstorable
from service.queries import definitions
from service.queries.definitions import StartChoice
from tests import answers, stage
from tests.answers import BANGGAI, BLITAR, NGANJUK, WRONG_DATA
from tests.walking import Player


def deploy_changed(player: Player, old: str, new: str) -> None:
    files = [replace(file, content=file.content.replace(old.encode(), new.encode())) for file in demo.drafts(NGANJUK)]
    deployments.deploy(player.actor("analis", "nganjuk"), files, player.now)


def test_the_list_shows_the_newest_version_of_every_process(player: Player) -> None:
    player.start(NGANJUK)
    deploy_changed(player, "Merekap data terkumpul", "Merekap data")
    player.finish(player.start(NGANJUK))

    (row,) = definitions.processes(player.actor("nganjuk.bidang1"))

    assert (row.key, row.version, row.rows, row.lanes, row.running, row.ended) == (NGANJUK, 2, 7, 4, 1, 1)


def test_offices_see_their_own_processes(player: Player) -> None:
    found = {
        office: {row.key for row in definitions.processes(player.actor("auditor", office))}
        for office in ("banggai", "blitar", "nganjuk")
    }

    assert found == {
        office: {process for process in answers.FORMS if answers.office(process) == office}
        for office in ("banggai", "blitar", "nganjuk")
    }


@pytest.mark.parametrize("process", answers.FORMS)
def test_the_table_of_a_process_is_that_of_the_sop(player: Player, process: str) -> None:
    page = definitions.process(player.actor("auditor", answers.office(process)), process)

    printed = [(row.order, row.title) for row in page.rows if not row.added]
    assert printed == [(order, row["label_id"]) for order, row in sorted(stage.facts(process).items())]


def test_versions_are_listed_with_their_cases_and_changes(player: Player) -> None:
    player.start(NGANJUK)
    deploy_changed(player, "Merekap data terkumpul", "Merekap data")

    page = definitions.process(player.actor("nganjuk.sekretaris"), NGANJUK)

    assert [(row.version, row.current, row.running, row.ended, row.changes) for row in page.versions] == [
        (2, True, 0, 0, (sop.Change("title", 5, "Merekap data", "Merekap data terkumpul", "Merekap data"),)),
        (1, False, 1, 0, ()),
    ]
    assert (page.running, page.may_start, page.versions[0].deployed_by) == (1, True, "Analis")


def test_the_file_of_a_version_is_given_as_it_was_deployed(player: Player) -> None:
    actor = player.actor("nganjuk.bidang1")
    deploy_changed(player, "Merekap data terkumpul", "Merekap data")

    first, newest = (definitions.content(actor, NGANJUK, version)[1] for version in (1, None))

    assert first == demo.drafts(NGANJUK)[0].content
    assert newest == first.replace(b"Merekap data terkumpul", b"Merekap data")
    for key, version in ((NGANJUK, 3), (BLITAR, 1), ("tidak_ada", None), ("\x00", None)):
        with pytest.raises((NotFound, Unstorable)):
            definitions.content(actor, key, version)


def test_only_who_does_the_first_step_may_start(player: Player) -> None:
    found = {
        user: [choice.key for choice in definitions.startable(player.actor(user))]
        for office in ("banggai", "blitar", "nganjuk")
        for user in stage.positions(office)
    }

    startable = {user: sorted(keys) for user, keys in found.items() if keys}
    assert startable == {
        "banggai.kadis": ["banggai_monitoring_renstra", BANGGAI],
        "blitar.kadis": [WRONG_DATA, BLITAR],
        "blitar.kasubbag": [WRONG_DATA],
        "nganjuk.sekretaris": [NGANJUK],
    }


def test_a_choice_says_who_gets_the_first_step(player: Player) -> None:
    (choice,) = definitions.startable(player.actor("nganjuk.sekretaris"))

    assert choice == StartChoice(
        NGANJUK, choice.name, "Meneruskan permintaan data kinerja", "Sekretaris Dinas", 7, None
    )


def test_the_list_costs_the_same_for_one_process_as_for_two(app: Flask, player: Player) -> None:
    def cost(office: str) -> tuple[int, int]:
        actor = player.actor("auditor", office)
        definitions.processes(actor)
        with stage.statements(app) as ran:
            rows = definitions.processes(actor)
        return len(rows), len(ran)

    one, two = cost("nganjuk"), cost("blitar")

    assert (one[0], two[0]) == (1, 2)
    assert one[1] == two[1]
