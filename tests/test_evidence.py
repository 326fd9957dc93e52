"""A pack of evidence: whole when it was packed, and nothing in it is altered unnoticed."""

import io
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from service import evidence

AT = datetime(2026, 11, 2, 9, 14, tzinfo=UTC)
FILES = [("riwayat.jsonl", b'{"sequence": 1}\n' * 40), ("lampiran/01-rekap.pdf", bytes(range(256)))]


def packed() -> bytes:
    return b"".join(evidence.packed(FILES, AT))


def found(content: bytes) -> list[tuple[str, str]]:
    return list(evidence.problems(io.BytesIO(content)))


def repacked(change: dict[str, bytes | None], *, again: str = "") -> bytes:
    """Return the pack with other contents, without a file, or with one that stands there twice."""
    stream = io.BytesIO()
    with ZipFile(io.BytesIO(packed())) as old, ZipFile(stream, "w") as new:
        contents = {**{name: old.read(name) for name in old.namelist()}, **change}
        for name, content in contents.items():
            if content is not None:
                new.writestr(name, content)
        if again:
            with pytest.warns(UserWarning, match="Duplicate name"):
                new.writestr(again, "twice")
    return stream.getvalue()


def test_a_pack_holds_its_files_and_their_digests() -> None:
    with ZipFile(io.BytesIO(packed())) as archive:
        assert [(name, archive.read(name)) for name in archive.namelist()[:-1]] == FILES
        assert archive.namelist()[-1] == "SHA256SUMS"
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 2, 9, 14, 0)}
    assert found(packed()) == []


def test_no_altered_byte_changes_what_is_read_unnoticed() -> None:
    whole = packed()
    unnoticed = []
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 1
        if not found(bytes(altered)):
            unnoticed.append(bytes(altered))

    assert len(unnoticed) < len(whole) // 2  # dates, attributes and the like
    for altered_whole in unnoticed:
        with ZipFile(io.BytesIO(altered_whole)) as archive:
            assert [(name, archive.read(name)) for name in archive.namelist()[:-1]] == FILES


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"riwayat.jsonl": b'{"sequence": 2}\n'}, ("altered", "riwayat.jsonl")),
        ({"riwayat.jsonl": None}, ("missing", "riwayat.jsonl")),
        ({"lampiran/02-baru.pdf": b"new"}, ("added", "lampiran/02-baru.pdf")),
        ({"SHA256SUMS": None}, ("illegible", "SHA256SUMS")),
    ],
)
def test_what_is_not_as_it_was_packed_is_named(change: dict[str, bytes | None], problem: tuple[str, str]) -> None:
    assert found(repacked(change)) == [problem]


def test_a_file_that_stands_there_twice_is_named() -> None:
    assert found(repacked({}, again="riwayat.jsonl")) == [("doubled", "riwayat.jsonl")]


def test_what_is_no_archive_is_said() -> None:
    assert found(b"%PDF-1.7") == [("illegible", "SHA256SUMS")]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a:b*c?"<>|.pdf', "a_b_c_____.pdf"),
        ("Rekap Oktober.xlsx", "Rekap Oktober.xlsx"),
        ("..", "_"),
    ],
)
def test_names_are_files_of_their_folder_everywhere(name: str, safe: str) -> None:
    assert evidence.file_name(name) == safe
