"""The SOP behind a diagram: the table's rows and the identity sheet, in the words of the source."""

import re
from typing import Any

import pytest

from service.engine import sop
from service.engine.diagram import Diagram, Node, read
from service.engine.sop import IDENTITY, Change, SopRow
from tests.bpmn.diagram import FOLDER, facts
from tests.engine.drawing import definitions, end, flow, gateway, line, process, said, start, task
from tests.engine.walking import PROCESSES


def diagram_of(key: str) -> Diagram:
    return read((FOLDER / key / f"{key}.bpmn").read_bytes(), f"{key}.bpmn")


@pytest.mark.parametrize(
    ("waktu", "satuan", "words"),
    [
        ("PT10M", "menit", "10 menit"),
        ("PT2H", "jam", "2 jam"),
        ("P1D", "hari", "1 hari"),
        ("P12D", "hari", "12 hari"),
        ("P1W", "minggu", "1 minggu"),
        ("PT24H", "elapsed", "1 x 24 jam"),
        ("P1D", "elapsed", "1 x 24 jam"),
        ("P3D", "elapsed", "3 x 24 jam"),
        ("PT480M", "menit", "480 menit"),
        ("", "", ""),
        ("", "hari", ""),
        ("P", "hari", ""),
        ("PT90M", "", "90"),
    ],
)
def test_time_is_told_as_it_is_printed(waktu: str, satuan: str, words: str) -> None:
    assert (
        sop.time_words(Node("x", "userTask", "", "", 1, properties={"sop.waktu": waktu, "sop.satuan": satuan})) == words
    )


@pytest.mark.parametrize("properties", [{}, {"sop.waktu": "P1D"}, {"sop.satuan": "hari"}])
def test_time_may_be_missing(properties: dict[str, str]) -> None:
    words = sop.time_words(Node("x", "userTask", "", "", 1, properties=properties))

    assert words == ("1" if "sop.waktu" in properties else "")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        ("surat", ("surat",)),
        ("surat;program kerja; komputer", ("surat", "program kerja", "komputer")),
        (" ; surat ;; ", ("surat",)),
        ("surat, lampiran", ("surat, lampiran",)),
        ("UU 23/2014;\n PP 72/2019", ("UU 23/2014", "PP 72/2019")),
    ],
)
def test_lists_are_split_at_semicolons(text: str, items: tuple[str, ...]) -> None:
    assert sop.items(text) == items


def test_row_is_told_whole() -> None:
    row = said(
        baris="1", nomor="9.", kelengkapan="konsep usulan; data", waktu="P1D", satuan="hari", output="dokumen",
        dasar="tertulis", keterangan="Sekretaris",
    )  # fmt: skip
    text = process(start(), task("row_09", row), task("polos"), task("tambah", said(baris="1", tambahan="ya")), end())

    assert sop.rows(read(definitions(text), "x.bpmn")) == (
        SopRow(1, "9.", "row_09", "row_09", "Kadis", "tertulis", ("konsep usulan", "data"), "1 hari", ("dokumen",),
               "Sekretaris", added=False),
        SopRow(1, "", "tambah", "tambah", "Kadis", "", (), "", (), "", added=True),
        SopRow(0, "", "polos", "polos", "Kadis", "", (), "", (), "", added=False),
    )  # fmt: skip


def test_what_a_version_changed_is_told_with_before_and_after() -> None:
    def version(days: str, condition: str, *steps: str) -> Diagram:
        first = task("satu", said(baris="1", waktu=days, satuan="hari"))
        ways = flow("bagi", "satu", condition, name="ulang"), flow("bagi", "selesai")
        parts = (start(), first, *map(task, steps), gateway("bagi", "bagi_selesai"), end())
        return read(definitions(process(*parts, line("mulai", "satu", *steps, "bagi"), *ways)), "x.bpmn")

    before, after = version("P2D", "nilai = 1", "lama"), version("P3D", "nilai = 2", "baru")

    assert sop.changes(before, before) == ()
    assert sop.changes(before, after) == (
        Change("added", 0, "baru"),
        Change("gone", 0, "lama"),
        Change("time", 1, "satu", "2 hari", "3 hari"),
        Change("condition", 0, "ulang", "nilai = 1", "nilai = 2"),
    )


def performers(row: dict[str, Any]) -> set[str]:
    return {entry["role"] for entry in row["performers"] if entry["part"] == "performs"}


@pytest.mark.parametrize("key", PROCESSES)
def test_rows_of_a_process_are_those_of_its_table(key: str) -> None:
    lanes = {role["lane"]: role["key"] for role in facts(key)["roles"] if role["lane"]}
    printed = [row for row in sop.rows(diagram_of(key)) if not row.added and row.element == f"row_{row.order:02}"]

    assert [(row.order, row.number, row.title, row.inputs, row.note) for row in printed] == [
        (row["order"], row["no_printed"], row["label_id"], tuple(row["kelengkapan"]), row["ket"] or "")
        for row in facts(key)["rows"]
    ]
    for row, fact in zip(printed, facts(key)["rows"], strict=True):
        assert lanes[row.lane] in performers(fact)
        number = re.match(r"\d+", fact["waktu"]["printed"])
        assert number is not None
        assert row.waktu.split()[0] == number[0]
        assert row.basis in {"tertulis", "disimpulkan"}
        assert row.outputs


@pytest.mark.parametrize("key", PROCESSES)
def test_steps_for_each_unit_stand_behind_or_before_their_row(key: str) -> None:
    rows = sop.rows(diagram_of(key))

    assert [row.order for row in rows] == sorted(row.order for row in rows)
    assert {row.element for row in rows if row.added} == {
        row.element for row in rows if row.element.endswith("_bidang")
    }


def test_identity_is_told_in_its_order_with_empty_entries() -> None:
    text = process(task("x")).replace(
        "<bpmn:laneSet",
        said(judul=" SOP Uji ", dasar_hukum="UU 1; PP 2;", nomor="800/1", peringatan=";", lain="x") + "<bpmn:laneSet",
    )

    entries = dict(sop.identity(read(definitions(text), "x.bpmn")))

    assert tuple(entries) == IDENTITY
    assert {name: value for name, value in entries.items() if value} == {
        "sop.judul": ("SOP Uji",),
        "sop.nomor": ("800/1",),
        "sop.dasar_hukum": ("UU 1", "PP 2"),
    }


@pytest.mark.parametrize("key", PROCESSES)
def test_identity_of_a_process_is_that_of_its_sheet(key: str) -> None:
    sheet = facts(key)["identity"]

    entries = dict(sop.identity(diagram_of(key)))

    assert entries["sop.judul"] == (facts(key)["source"]["name_in_source"],)
    assert entries["sop.disahkan_oleh"] == (sheet["approved_by"]["position"],)
    assert entries["sop.nomor"] == ((sheet["number"],) if sheet["number"] else ())
    assert len(entries["sop.dasar_hukum"]) == len(sheet["legal_bases"])
    assert len(entries["sop.keterkaitan"]) == len(sheet["linked_sops"])
    assert len(entries["sop.peralatan"]) == len(sheet["equipment"])
