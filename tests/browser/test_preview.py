"""Files on a page: PDFs in a frame that can reach nothing, images by themselves, and what means harm."""

import zlib
from base64 import b64decode
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service import tasks
from service.attachments import Tray
from tests.answers import NGANJUK
from tests.browser.people import Person
from tests.browser.test_accessibility import violations
from tests.browser.test_oversight import SIDEWAYS
from tests.walking import Player

Picture = Callable[[Page, str], Path]
FONT = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/F2<</Type/Font/Subtype/Type1/BaseFont/Symbol>>>>>>"
A4 = b"0 0 595 842"
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGNgaGD4z8DAwMQABgAOHAGBHFLqWQAAAABJRU5ErkJggg=="
)
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
SECRET = b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>"


def paper(pages: Sequence[bytes], box: bytes = A4, catalogue: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return a PDF with pages that draw so, each a stream object as it stands in the file."""
    numbers = [4 + 2 * number for number in range(len(pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    parts = [
        b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % len(pages),
        FONT,
    ]
    for number, page in zip(numbers, pages, strict=True):
        leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[" + box + b"]/Resources 3 0 R/Contents %d 0 R>>"
        parts += [leaf % (number + 1), page]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj%b endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Root 1 0 R/Size %d%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, trailer, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + end


def drawn(commands: bytes) -> bytes:
    return b"<</Length %d>>stream\n%b\nendstream" % (len(commands), commands)


def written(words: str) -> bytes:
    symbol = b"BT /F2 20 Tf 60 700 Td (abg) Tj ET 60 600 200 60 re f"
    return drawn(b"BT /F1 20 Tf 60 760 Td (" + words.encode("ascii") + b") Tj ET " + symbol)


def packed(size: int) -> bytes:
    """Return a stream that is so many spaces once unpacked."""
    packer = zlib.compressobj(9)
    mega = b" " * 1_000_000
    content = b"".join(packer.compress(mega) for _ in range(size // 1_000_000)) + packer.flush()
    return b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(content), content)


SCANNED = (
    b"q 400 0 0 400 100 200 cm BI /W 8 /H 8 /BPC 1 /CS /G /F /CCF /DP <</K -1 /Columns 8 /Rows 8 /BlackIs1 true>> ID "
    b"\xff\x00\x10\x01 EI Q"
)
"""A black square as scanners pack it."""
LETTER = paper([written("Nota dinas halaman satu"), written("Lampiran nota halaman dua"), drawn(SCANNED)])
MIDDLE = """canvas => canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]"""
HOSTILE = {
    "rusak.pdf": (b"%PDF-1.7\n" + bytes(range(256)) * 8, "rusak atau tidak lazim"),
    "terkunci.pdf": (paper([written("rahasia")], trailer=b"/Encrypt" + SECRET + b"/ID[<41><42>]"), "kata sandi"),
    "tanpa-ukuran.pdf": (paper([written("x")], box=b"0 0 0 0"), ""),
    "raksasa.pdf": (paper([written("x")], box=b"0 0 9000000 9000000"), ""),
    "bom.pdf": (paper([packed(600_000_000)]), "rusak atau tidak lazim"),
    "naskah.pdf": (paper([written("x")], catalogue=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), ""),
}
"""Files that mean harm, and what the page says where it must not show them; some may be shown as they are."""


@pytest.fixture
def kept(app: Flask) -> Callable[..., dict[str, str]]:
    """Keep files with a task; return the addresses of their pages by name."""

    def kept(**files: bytes) -> dict[str, str]:
        with app.app_context():
            player = Player()
            task = player.task(player.reach(NGANJUK, "row_02"), "row_02")
            tray = Tray(player.performer(task), task.id, player.now)
            for name, content in files.items():
                tray.take(name, content)
            tasks.save_draft(player.performer(task), task.id, {}, player.now, tray.new)
            return {file.name: f"/lampiran/{file.id}/lihat" for file in tray.new}

    return kept


@pytest.mark.parametrize("width", [1280, 360])
def test_a_pdf_is_read_page_by_page_in_a_frame_without_an_origin(
    kept: Callable[..., dict[str, str]],
    person: Callable[..., Person],
    picture: Picture,
    page_problems: list[str],
    width: int,
) -> None:
    address = kept(**{"nota dinas.pdf": LETTER})["nota dinas.pdf"]
    reader = person("nganjuk.kasubbag", width)
    page = reader.page
    page.goto(reader.site + address)
    told, frame = page.get_by_role("status").filter(has_text="Halaman"), page.frame_locator("iframe")

    expect(told).to_have_text("Halaman 1 dari 3")
    expect(frame.get_by_text("Nota dinas halaman satu")).to_be_visible()
    picture(page, f"preview-{width}")
    assert violations(page) == []
    assert page.frames[1].evaluate("origin") == "null"
    assert page_problems == []
    assert page.frames[1].evaluate("fetch(location.href).then(() => 'reached', () => 'cut off')") == "cut off"
    page_problems.clear()  # the browser told of it
    next_page = page.get_by_role("button", name="Berikutnya")
    next_page.focus()
    page.keyboard.press("Enter")
    expect(told).to_have_text("Halaman 2 dari 3")
    expect(frame.get_by_text("Lampiran nota halaman dua")).to_be_visible()
    small = page.locator("iframe").bounding_box()
    page.get_by_role("button", name="Perbesar").click()
    expect(told).to_have_text("Halaman 2 dari 3 · 125%")
    large = page.locator("iframe").bounding_box()
    assert small
    assert large
    assert large["height"] > small["height"]
    next_page.click()
    expect(page.get_by_text("Halaman ini berupa gambar tanpa teks.")).to_be_visible()
    expect(next_page).to_have_attribute("aria-disabled", "true")
    assert frame.locator("main canvas").evaluate(MIDDLE) == 0
    assert page.evaluate(SIDEWAYS) <= 0


def test_files_that_mean_harm_leave_a_page_that_lives(
    kept: Callable[..., dict[str, str]], person: Callable[..., Person], page_problems: list[str], picture: Picture
) -> None:
    pages = kept(**{name: content for name, (content, _) in HOSTILE.items()})
    reader = person("nganjuk.kasubbag", 360)
    page = reader.page

    for name, (_, sentence) in HOSTILE.items():
        page.goto(reader.site + pages[name])
        end = page.locator(".paper.is-drawn, .paper.is-failed")
        expect(end).to_have_count(1, timeout=35_000)
        if sentence:
            expect(page.get_by_role("alert")).to_contain_text(sentence)
            expect(page.get_by_role("link", name=f"Unduh {name}")).to_be_visible()
        picture(page, f"preview-{name}")
        page.get_by_role("link", name="Kembali ke berkas").click()
        expect(page.get_by_role("heading", name="Data dan lampiran")).to_be_visible()
    assert [problem for problem in page_problems if "alert" in problem] == []
    page_problems.clear()


def test_images_are_shown_as_their_bytes_say(
    kept: Callable[..., dict[str, str]], person: Callable[..., Person], picture: Picture, page_problems: list[str]
) -> None:
    broken = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
    pages = kept(**{"foto.png": PNG, "titik.gif": GIF, "pecah.png": broken})
    reader = person("nganjuk.kasubbag", 360)
    page = reader.page

    for name in ("foto.png", "titik.gif"):
        page.goto(reader.site + pages[name])
        shown = page.get_by_role("img", name=f"Gambar {name}")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    picture(page, "preview-image")
    page.goto(reader.site + pages["pecah.png"])
    expect(page.get_by_role("alert")).to_contain_text("Gambar ini rusak")
    answer = page.request.get(reader.site + pages["foto.png"].replace("/lihat", "/gambar"))
    names = ("content-type", "content-security-policy", "x-content-type-options")
    assert [answer.headers[name] for name in names] == ["image/png", "sandbox; default-src 'none'", "nosniff"]
    assert page_problems == []


def test_without_scripts_a_pdf_is_taken_away(
    kept: Callable[..., dict[str, str]], person: Callable[..., Person]
) -> None:
    address = kept(**{"nota.pdf": LETTER})["nota.pdf"]
    reader = person("nganjuk.kasubbag", 360, javascript=False)
    reader.page.goto(reader.site + address)

    expect(reader.page.get_by_text("Pratinjau PDF memerlukan JavaScript.")).to_be_visible()
    with reader.page.expect_download() as coming:
        reader.page.get_by_role("link", name="Unduh", exact=True).click()
    assert Path(coming.value.path()).read_bytes() == LETTER
