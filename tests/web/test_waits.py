"""The pages of a case that waits for more than people."""

import re
from uuid import UUID

import pytest
from flask import Flask

from service import messages
from service.engine.workflow import Message
from tests.drafting import Sketch
from tests.queries.test_waits import ROOTS, WAITING
from tests.walking import Visitor

MOMENT = r"\w{3} \d+ \w{3}( \d{4})? \d\d[.:]\d\d"


@pytest.fixture
def case(app: Flask) -> UUID:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(WAITING, roots=ROOTS)
        return sketch.begin()


def auditor_of(app: Flask) -> Visitor:
    visitor = Visitor(app, "auditor")
    visitor.post("/jabatan", {"office": "blitar"})
    return visitor


def test_the_page_of_a_case_says_what_it_waits_for(app: Flask, case: UUID) -> None:
    page = auditor_of(app).get(f"/berkas/{case}").main

    assert "Berkas sedang di Kepala Dinas" in page
    assert "Berkas menunggu lima hal selain tugas orang" in page
    assert re.search(rf"Waktu yang ditetapkan: isi\. Ditunggu sejak {MOMENT}; waktunya {MOMENT}\.", page)
    assert re.search(rf"Pesan “jawaban”: Menunggu jawaban OPD\. Ditunggu sejak {MOMENT}\.", page)
    assert re.search(rf"Sinyal “tutup buku”\. Ditunggu sejak {MOMENT}\.", page)
    assert re.search(rf"Layanan “nilai”: Menghitung nilai\. Ditunggu sejak {MOMENT}\.", page)


def test_a_case_without_a_task_is_listed_with_what_it_waits_for(app: Flask, case: UUID) -> None:
    with app.app_context():
        Sketch().do(case, "isi")

    row = auditor_of(app).get("/berkas").tree.get_element_by_id("isi").find(".//tbody/tr")

    assert [" ".join(" ".join(cell.itertext()).split()) for cell in row][2:5] == ["Menunggu", "menunggu layanan", ""]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", ["dimulai", "oleh Sistem", "Sistem memulai berkas ini karena pesan “jawaban”"]),
        ("en", ["by System", "System started this case because of the message “jawaban”"]),
    ],
)
def test_a_case_that_began_by_itself_was_started_by_the_system(app: Flask, language: str, said: list[str]) -> None:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(WAITING.replace('<bpmn:startEvent id="mulai"/>', STARTED), roots=ROOTS)
        case = messages.send(sketch.actor("admin", "blitar"), Message("jawaban", "", {}), sketch.now).id
    visitor = auditor_of(app)
    visitor.post("/bahasa", {"locale": language})

    page = visitor.get(f"/berkas/{case}").main

    assert [words for words in said if words not in page] == []


STARTED = '<bpmn:startEvent id="mulai"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
