"""The page on which an analyst deletes versions that were never used."""

from datetime import timedelta

import pytest

from service import instances, removals
from service.queries import deployed
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import call, end, line, process, start, task
from tests.walking import Visitor, Walker

CALLER = process(start(), call("panggil", "proses"), end(), line("mulai", "panggil", "selesai"), key="pemanggil")
CALLS_BACK = process(start(), call("panggil", "pemanggil"), end(), line("mulai", "panggil", "selesai"))


def drawn(name: str, key: str = "proses") -> str:
    return process(start(), task(name), end(), line("mulai", name, "selesai"), key=key)


@pytest.fixture
def analyst(walker: Walker) -> Visitor:
    visitor = walker.as_user("analis")
    visitor.post("/jabatan", {"office": OFFICE})
    return visitor


def links(analyst: Visitor, key: str) -> list[str]:
    """Return where the page of an SOP leads to for deleting."""
    return [str(one) for one in analyst.get(f"/sop/{key}").tree.xpath("//a[contains(@href, '/hapus')]/@href")]


def test_a_version_that_was_never_used_is_deleted(sketch: Sketch, analyst: Visitor) -> None:
    sketch.deploy(drawn("lama"))
    sketch.do(sketch.begin(), "lama", nilai="1")
    sketch.deploy(drawn("baru"), drawn("isi", key="lain"))
    assert links(analyst, "proses") == ["/sop/proses/versi/2/hapus"]
    question = analyst.get("/sop/proses/versi/2/hapus")
    assert "Belum ada berkas yang dimulai dengannya." in question.main
    assert len(question.tree.xpath("//section[@aria-labelledby='bs']//li")) == 2

    answer = analyst.post("/sop/proses/versi/2/hapus")

    assert (answer.status, answer.location) == (303, "/sop/proses")
    page = analyst.get("/sop/proses")
    assert "Versi 1 terpasang" in page.main
    assert "Versi 2 dihapus" in page.main
    assert [analyst.get(f"/sop/{address}").status for address in ("lain", "proses/versi/2/hapus")] == [404, 404]


def test_the_last_version_leads_to_the_list(sketch: Sketch, analyst: Visitor) -> None:
    sketch.deploy(drawn("isi"))

    assert analyst.post("/sop/proses/versi/1/hapus").location == "/sop"


def test_what_is_used_stays_and_the_page_says_why(sketch: Sketch, analyst: Visitor) -> None:
    for drawing in (drawn("isi", key="lain"), drawn("isi"), CALLER):
        sketch.now += timedelta(minutes=1)
        sketch.deploy(drawing)
    refused = {"proses": "memanggilnya", "lain": "sudah ada berkas yang dimulai dengannya"}
    question = analyst.get("/sop/lain/versi/1/hapus")
    assert question.tree.xpath("//button[normalize-space()='Hapus']")
    instances.start(sketch.actor("blitar.kadis"), "lain", {}, sketch.now)

    for key, why in refused.items():
        address = f"/sop/{key}/versi/1/hapus"
        answers = [analyst.get(address), analyst.post(address)]
        assert [answer.status for answer in answers] == [200, 422]
        assert all(why in answer.main for answer in answers)
    assert links(analyst, "lain") == []


def test_what_cannot_be_in_force_again_is_told(sketch: Sketch, analyst: Visitor) -> None:
    back = "/sop/pemanggil/versi/2/hapus"
    for drawing in (drawn("isi"), CALLER, drawn("isi", key="pemanggil"), CALLS_BACK):
        sketch.now += timedelta(minutes=1)
        sketch.deploy(drawing)

    answers = [analyst.get(back), analyst.post(back)]
    assert [answer.status for answer in answers] == [200, 422]
    assert all("memanggil dirinya sendiri lewat SOP lain" in answer.main for answer in answers)

    for version in (2, 1):
        assert analyst.post(f"/sop/proses/versi/{version}/hapus").status == 303
    assert "memanggil SOP yang tidak berlaku: proses" in analyst.get(back).main


def test_a_version_that_is_gone_meanwhile_is_told(sketch: Sketch, analyst: Visitor) -> None:
    sketch.deploy(drawn("isi"))
    (address,) = links(analyst, "proses")
    found = deployed.deployments(sketch.actor("analis", OFFICE))[0]
    removals.remove(sketch.actor("analis", OFFICE), found.id, sketch.now)

    assert analyst.post(address).status == 404
