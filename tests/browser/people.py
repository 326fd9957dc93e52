"""People at their browsers: sign in, find a task, fill its form as hands do, send or return it."""

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests import answers


class Person:
    """Somebody with a page of his own."""

    def __init__(self, page: Page, site: str, user_name: str, folder: Path) -> None:
        self.page = page
        self.site = site
        self.user_name = user_name
        self.folder = folder

    def sign_in(self) -> None:
        self.page.goto(f"{self.site}/masuk")
        self.enter()
        expect(self.page.get_by_role("navigation", name="Utama")).to_be_visible()
        self.page.wait_for_load_state()  # nobody presses a key before the scripts are there

    def enter(self) -> None:
        self.page.get_by_label("Nama pengguna").fill(self.user_name)
        self.page.get_by_label("Kata sandi", exact=True).fill("laksana")
        self.page.get_by_role("button", name="Masuk").click()

    def act_for(self, office: str) -> None:
        self.page.goto(f"{self.site}/jabatan")
        self.page.get_by_label(office).check()
        self.page.get_by_role("button", name="Lanjutkan").click()
        expect(self.page).not_to_have_url(f"{self.site}/jabatan")

    def start(self, process: str) -> None:
        self.page.goto(f"{self.site}/mulai/{process}")
        self._fill(answers.for_element(process, "mulai"))
        self.page.get_by_role("button", name="Mulai berkas").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(
            str(answers.for_element(process, "mulai")["judul"])
        )

    def open(self, task: str) -> None:
        self.page.goto(f"{self.site}/tugas")
        self.page.get_by_role("link", name=task, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(task)
        self.page.wait_for_load_state()  # a person does not type before the scripts are there

    def fill(self, process: str, element: str, **variant: object) -> None:
        self._fill(answers.for_element(process, element, **variant))  # type: ignore[arg-type]  # passed on as given

    def send(self, button: str = "Kirim") -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")

    def give_back(self, reason: str) -> None:
        self.page.get_by_role("link", name="Kembalikan", exact=True).click()
        sheet = self.page.get_by_role("dialog")
        sheet.get_by_label("Alasan").fill(reason)
        sheet.get_by_role("button", name="Kembalikan").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")

    def _fill(self, raw: answers.Raw) -> None:
        for name, value in raw.items():
            if isinstance(value, str):
                self._answer(name, value)
            elif all(isinstance(item, str) for item in value):
                self._choose(name, [item for item in value if isinstance(item, str)])
            else:
                self._rows(name, [item for item in value if isinstance(item, Mapping)])

    def _rows(self, name: str, rows: list[answers.Row]) -> None:
        add = self.page.locator(f'button[name="_tambah"][value="{name}"]')
        for number, row in enumerate(rows):
            present = self.page.locator(f'input[name="{name}.rows"]')
            if present.count() <= number:
                add.click()
                expect(present).to_have_count(number + 1)
            for key, value in row.items():
                if isinstance(value, str):
                    self._answer(f"{name}.{number}.{key}", value)
                else:
                    self._choose(f"{name}.{number}.{key}", list(value))

    def _answer(self, name: str, value: str) -> None:
        control = self._control(name)
        if control.count() == 0:
            return  # an outcome is a button; a reason is asked in its sheet
        kind = control.first.get_attribute("type") or control.first.evaluate("node => node.localName")
        if kind == "radio":
            self.page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "select":
            control.select_option(value)
        elif kind != "hidden":
            control.fill(value)

    def _choose(self, name: str, values: list[str]) -> None:
        if self.page.locator(f'input[type="file"][name="{name}.baru"]').count():
            self._attach(name, values)
            return
        for box in self._control(name).all():
            box.set_checked(box.get_attribute("value") in values)

    def _attach(self, name: str, values: list[str]) -> None:
        paths = []
        for value in values:
            path = self.folder / value
            path.write_bytes(answers.content(value))
            paths.append(path)
        chooser = self.page.locator(f'input[type="file"][name="{name}.baru"]')
        if not chooser.is_visible():  # the question takes one file and has one
            self.page.locator(".uploads").filter(has=chooser).get_by_role("button", name="Hapus").click()
        chooser.set_input_files(paths)
        uploads = self.page.locator("form[data-upload]").filter(has=chooser).count() > 0
        for value in values:  # a file on its way is listed already; its link comes with the answer
            link = self.page.get_by_role("link", name=value, exact=True)
            listed = link if uploads else self.page.get_by_text(value, exact=True)
            expect(listed.first).to_be_visible()

    def _control(self, name: str) -> Locator:
        return self.page.locator(f'#isian [name="{name}"], main form [name="{name}"]:not(button)')
