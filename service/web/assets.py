"""Where the built files are: content hashes in their names, so that browsers may keep them for ever."""

import json
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask

FOR_FRAMES = "pdf-frame-"
"""What is loaded inside a frame without an origin, to which everything of ours is another's."""
DIST = Path(__file__).parent.parent / "static" / "dist"


def register(app: Flask) -> None:
    """Give templates `asset` and `sprite`."""
    app.jinja_env.globals.update(asset=asset, sprite=sprite)


def asset(name: str) -> str:
    """Return the address of a built file."""
    return f"/static/{_manifest()[name]}"


def sprite() -> str:
    """Return the address of the icon sprite."""
    return asset("icons.svg")


def licences() -> str:
    """Return the licences of all bundled packages."""
    return (DIST / "THIRD-PARTY.txt").read_text()


def allow_frame(headers: Headers, path: str, _url: str) -> None:
    """Let a frame without an origin load what it draws with; every other file stays with this site."""
    if Path(path).name.startswith(FOR_FRAMES):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


@cache
def _manifest() -> dict[str, str]:
    manifest: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    return manifest
