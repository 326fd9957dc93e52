"""What happened in a case, as sentences in both languages."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from service.queries.history import Line
from service.queries.waits import Wait
from service.web import story
from service.web.presentation.sentences import wait_line, waits_sentence
from tests.web import pagework

NOW = datetime(2026, 11, 4, 1, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return pagework.build(Path(tmp_path_factory.mktemp("compiled")))


def line(
    kind: str, who: str = "", title: str = "", order: int = 0, name: str = "", by: str = "", unit: str = ""
) -> Line:
    return Line(kind, who, "", title, order, name, by, unit, "", 0, "", "", NOW, 1, (), ())


def due_line(kind: str, stage: str, name: str, times: int = 0, unit: str = "") -> Line:
    told = line(kind, title="Mengisi data", order=4, name=name, unit=unit)
    return replace(told, stage=stage, times=times, moved=(MONDAY, None))


STORY = [
    (due_line("reminded", "ahead", "Kasubbag", unit="Bidang Aset"),
     "Sistem mengingatkan Kasubbag bahwa tenggat langkah 4, Mengisi data (Bidang Aset) Sen 2 Nov 08.00",
     "System reminded Kasubbag that step 4, Mengisi data (Bidang Aset) is due Mon 2 Nov 08:00"),
    (due_line("reminded", "late", "Kasubbag"),
     "Sistem mengingatkan Kasubbag bahwa tenggat langkah 4, Mengisi data, Sen 2 Nov 08.00, sudah lewat",
     "System reminded Kasubbag that step 4, Mengisi data, due Mon 2 Nov 08:00, is late"),
    (due_line("reminded", "again", "Kasubbag", 2),
     "Sistem mengingatkan lagi (ke-2) Kasubbag bahwa tenggat langkah 4, Mengisi data, Sen 2 Nov 08.00, sudah lewat",
     "System reminded Kasubbag again (no. 2) that step 4, Mengisi data, due Mon 2 Nov 08:00, is late"),
    (due_line("escalated", "escalated", "Plh. Sekretaris"),
     ("Sistem memberi tahu Plh. Sekretaris sebagai atasan bahwa tenggat langkah 4, Mengisi data, Sen 2 Nov 08.00, "
      "sudah lewat"),
     "System told Plh. Sekretaris, the superior, that step 4, Mengisi data, due Mon 2 Nov 08:00, is late"),
    (replace(line("laid-aside", "Kasubbag", "Mengisi data", 4), moved=(None, MONDAY)),
     "Kasubbag menunda tugas langkah 4, Mengisi data sampai Sen 2 Nov 08.00",
     "Kasubbag laid the task step 4, Mengisi data aside until Mon 2 Nov 08:00"),
    (line("resumed", "Kasubbag", "Mengisi data", 4), "Kasubbag melanjutkan tugas langkah 4, Mengisi data yang ditunda",
     "Kasubbag took the task step 4, Mengisi data up again"),
    (line("started", "Kepala Dinas"), "Kepala Dinas memulai berkas ini", "Kepala Dinas started this case"),
    (line("started", by="timer"), "Sistem memulai berkas ini karena waktunya tiba",
     "System started this case because its time had come"),
    (line("started", name="jawaban", by="message"), "Sistem memulai berkas ini karena pesan “jawaban”",
     "System started this case because of the message “jawaban”"),
    (line("started", name="tutup buku", by="signal"), "Sistem memulai berkas ini karena sinyal “tutup buku”",
     "System started this case because of the signal “tutup buku”"),
    (line("timer", title="Batas jawaban", order=5), "Sistem melanjutkan langkah 5, Batas jawaban karena waktunya tiba",
     "System moved on step 5, Batas jawaban because its time had come"),
    (line("timer"), "Sistem melanjutkan berkas ini karena waktunya tiba",
     "System moved on this case because its time had come"),
    (line("message", name="jawaban"), "Sistem menerima pesan “jawaban”", "System received the message “jawaban”"),
    (line("signal", name="tutup buku"), "Sistem menerima sinyal “tutup buku”",
     "System received the signal “tutup buku”"),
    (line("external", "Admin", "Menghitung nilai", name="nilai"),
     "Admin menyelesaikan “Menghitung nilai” melalui layanan “nilai”",
     "Admin completed “Menghitung nilai” through the service “nilai”"),
    (line("error", title="Menghitung nilai", name="KOSONG"),
     "Sistem melaporkan kesalahan “KOSONG” pada “Menghitung nilai”",
     "System reported the error “KOSONG” at “Menghitung nilai”"),
    (line("added", "Kasubbag", "Mengisi data", 4, unit="Bidang Aset"),
     "Kasubbag menambahkan Bidang Aset pada langkah 4, Mengisi data",
     "Kasubbag added Bidang Aset to step 4, Mengisi data"),
    (line("withdrawn", "Kasubbag", "Mengisi data", 4, unit="Bidang Aset"),
     "Kasubbag menarik tugas Bidang Aset pada langkah 4, Mengisi data",
     "Kasubbag withdrew the task of Bidang Aset at step 4, Mengisi data"),
    (line("dismissed", "Admin", "Mengisi data", 4),
     "Admin menutup gangguan pada langkah 4, Mengisi data karena sebabnya sudah tidak ada",
     "Admin closed the failure at step 4, Mengisi data because its cause is gone"),
    (line("incident", title="Mengisi data", order=4), "Gangguan pada langkah 4, Mengisi data",
     "Failure at step 4, Mengisi data"),
    (line("incident", "Sekretaris"), "Gangguan pada berkas ini", "Failure at this case"),
    (line("ended"), "Seluruh langkah selesai", "All steps are done"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "indonesian", "english"), STORY, ids=[indonesian for _, indonesian, _ in STORY])
def test_a_line_is_a_sentence_in_both_languages(app: Flask, told: Line, indonesian: str, english: str) -> None:
    said = []
    for language in ("id", "en"):
        with pagework.reading(app, language, NOW):
            (shown,) = story.log([told], ZoneInfo("Asia/Jakarta"))
            said.append(f"{shown.who} {shown.sentence}".strip())

    assert said == [indonesian, english]


def test_below_a_sentence_without_a_subject_stands_who_acted(app: Flask) -> None:
    lines = [line("incident", "Sekretaris"), line("incident"), line("completed", "Sekretaris", "Memeriksa draf")]

    with pagework.reading(app, "id", NOW):
        shown = story.log(lines, ZoneInfo("Asia/Jakarta"))

    assert [(one.who, one.person) for one in shown] == [("", "Sekretaris"), ("", ""), ("Sekretaris", "")]


def test_every_kind_of_line_has_a_mark_of_the_log() -> None:
    log = (pagework.PACKAGE / "templates" / "components" / "log.html").read_text(encoding="utf-8")

    assert [kind for kind in story.SHOWN_KINDS.values() if f'"{kind}": (' not in log] == []


WAITS = [
    ((Wait("timer", "", "Batas jawaban", 0, MONDAY, datetime(2026, 11, 9, 1, tzinfo=UTC)),),
     "Berkas menunggu waktu yang ditetapkan",
     ["Batas jawaban. Ditunggu sejak Sen 2 Nov 08.00; waktunya Sen 9 Nov 08.00."]),
    ((Wait("message", "jawaban", "Menunggu OPD", 5, MONDAY, None),), "Berkas menunggu pesan “jawaban”",
     ["Langkah 5, Menunggu OPD. Ditunggu sejak Sen 2 Nov 08.00."]),
    ((Wait("signal", "tutup buku", "", 0, NOW, None),), "Berkas menunggu sinyal “tutup buku”",
     ["Ditunggu sejak hari ini 08.00."]),
    ((Wait("external", "nilai", "Menghitung", 0, NOW, None, 3), Wait("signal", "tutup buku", "", 0, NOW, None)),
     "Berkas menunggu dua hal selain tugas orang",
     ["Layanan “nilai”: Menghitung. Ditunggu sejak hari ini 08.00, di tiga bagian.",
      "Sinyal “tutup buku”. Ditunggu sejak hari ini 08.00."]),
]  # fmt: skip


@pytest.mark.parametrize(("waits", "head", "lines"), WAITS, ids=[head for _, head, _ in WAITS])
def test_what_is_waited_for_is_said_with_its_times(
    app: Flask, waits: tuple[Wait, ...], head: str, lines: list[str]
) -> None:
    with pagework.reading(app, "id", NOW):
        said = [wait_line(wait, named=len(waits) > 1) for wait in waits]

        assert (waits_sentence(waits), said) == (head, lines)
