import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from assets import build

ROOT = build.ROOT
CATALOGUE = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "berkas"
msgstr "case"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy what the bundles are made from, with three icons in place of all."""
    for source in build.sources(ROOT):
        target = tmp_path / source.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
    icons = tmp_path / "node_modules" / "bootstrap-icons" / "icons"
    icons.mkdir(parents=True)
    for name in ("bell", "circle", "inbox"):
        (icons / f"{name}.svg").touch()
    (tmp_path / "service" / "templates").mkdir(parents=True)
    (tmp_path / "service" / "templates" / "page.html").write_text('{{ icon("inbox") }}')
    return tmp_path


def test_lock_file_has_hashes_and_no_hosts() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_bytes())["packages"]
    del packages[""]

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_every_version_is_exact() -> None:
    manifest = json.loads((ROOT / "package.json").read_bytes())
    constraints = (ROOT / "constraints.txt").read_text().splitlines()

    versions = [*manifest["dependencies"].values(), *manifest["devDependencies"].values()]
    pins = [line for line in constraints if not line.startswith("#")]

    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", pin)] == []


def test_nothing_is_built_twice() -> None:
    build.build_assets(ROOT)
    manifest = build.output(ROOT) / "manifest.json"
    before = manifest.stat().st_mtime_ns

    assert build.build_assets(ROOT) is False
    assert manifest.stat().st_mtime_ns == before


def test_built_files_are_hashed_and_compressed() -> None:
    build.build_assets(ROOT)
    folder = build.output(ROOT)
    manifest: dict[str, str] = json.loads((folder / "manifest.json").read_bytes())

    assert {"app.css", "app.js", "first.js", "icons.svg", "viewer.css", "viewer.js"} <= set(manifest)
    for name, file in manifest.items():
        stem, _, kind = name.rpartition(".")
        assert file == name or re.fullmatch(rf"{stem}-[0-9A-Z]{{8}}\.{kind}", file)
        assert [(folder / f"{file}{suffix}").is_file() for suffix in ("", ".gz", ".br")] == [True] * 3


def test_licences_of_bundled_packages_are_kept() -> None:
    build.build_assets(ROOT)
    text = (build.output(ROOT) / "THIRD-PARTY.txt").read_text(encoding="utf-8")
    kept = dict(re.findall(r"^(\S+) \d+\.\d+\.\d+ \(.+\)\n={72}\n(.+)$", text, re.MULTILINE))

    assert {"bootstrap", "bootstrap-icons", "bpmn-js", "diagram-js", "htmx.org", "min-dom", "saxen"} <= set(kept)
    assert "esbuild" not in kept
    assert "MUST NOT be removed" in " ".join(text.split())  # the logo of bpmn.io


@pytest.mark.parametrize("changed", [path.relative_to(ROOT).as_posix() for path in build.sources(ROOT)])
def test_every_source_counts_for_the_stamp(copy: Path, changed: str) -> None:
    before = build.fingerprint(copy)
    (copy / changed).write_bytes((copy / changed).read_bytes() + b"\n")

    assert build.fingerprint(copy) != before


def test_icons_of_templates_are_drawn_and_count_for_the_stamp(copy: Path) -> None:
    before = build.fingerprint(copy)
    (copy / "service" / "templates" / "more.html").write_text("""{{ chip("late", drawn="circle") }} "nothing" """)

    assert build.fingerprint(copy) != before
    assert build.sprite_names(copy) == ["circle", "inbox"]


def test_icon_that_does_not_exist_stops_the_build(copy: Path) -> None:
    (copy / "service" / "templates" / "wrong.html").write_text("{{ icon('no-such-drawing') }}")

    with pytest.raises(RuntimeError, match="no such Bootstrap icon: no-such-drawing"):
        build.sprite_names(copy)


def test_catalogues_are_compiled_when_they_change(tmp_path: Path) -> None:
    source = tmp_path / "service" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE)
    target = source.with_suffix(".mo")

    assert build.compile_catalogues(tmp_path) == [target]
    assert build.compile_catalogues(tmp_path) == []
    later = target.stat().st_mtime + 1
    os.utime(source, (later, later))
    assert build.compile_catalogues(tmp_path) == [target]


def test_wheel_carries_what_was_built_and_the_drawn_sops(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])

    names = set(zipfile.ZipFile(wheel).namelist())
    built = json.loads((build.output(ROOT) / "manifest.json").read_bytes()).values()

    assert {f"service/static/dist/{name}.br" for name in built} <= names
    for folder in ("bpmn", "forms"):
        drawn = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.*") if path.is_file()}
        assert {f"service/drafts/{path}" for path in drawn} <= names
    compiled = {path.relative_to(ROOT).as_posix() for path in (ROOT / "service").rglob("*.po")}
    assert {path.removesuffix(".po") + ".mo" for path in compiled} <= names
    assert [name for name in names if name.startswith(("tests/", "assets/", "node_modules/"))] == []
