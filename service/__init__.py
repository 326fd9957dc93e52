"""Laksana runs the standard operating procedures of district offices as BPMN processes."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside, by `LAKSANA_*` variables of the environment."""

    data: Path = Path("var")
    """Folder for the SQLite file and the generated keys."""
    database: str = ""
    """SQLAlchemy URL; empty for a SQLite file in the data folder."""
    host: str = "127.0.0.1"
    port: int = 8000
    secret_key: str = ""
    """Signs cookies; empty to generate one into the data folder."""
    https: bool = False
    """Whether browsers reach the service by HTTPS; cookies are then sent by HTTPS only."""
    demo_password: str = "laksana"  # noqa: S105 - demo mode listens on loopback only
    demo: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables."""
        return cls(
            data=Path(environment.get("LAKSANA_DATA", "var")),
            database=environment.get("LAKSANA_DATABASE", ""),
            host=environment.get("LAKSANA_HOST", "127.0.0.1"),
            port=int(environment.get("LAKSANA_PORT", "8000")),
            secret_key=environment.get("LAKSANA_SECRET_KEY", ""),
            https=environment.get("LAKSANA_HTTPS", "") == "1",
            demo_password=environment.get("LAKSANA_DEMO_PASSWORD", "laksana"),
        )

    @property
    def database_url(self) -> str:
        """Return the database that is used: the one set, else SQLite in the data folder."""
        if self.database.startswith("postgresql://"):
            return self.database.replace("postgresql://", "postgresql+psycopg://", 1)
        return self.database or f"sqlite:///{(self.data / 'laksana.db').resolve()}"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the web application. The database must be at the newest schema: `laksana db upgrade`."""
    from service import catalogue, models, web  # noqa: PLC0415 - `import service.engine` must not load the web

    settings = settings or Settings.read(os.environ)
    settings.data.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key or _kept_key(settings.data / "secret.key"),
        SESSION_COOKIE_NAME="laksana",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=models.engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=25_000_000,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        MAX_FORM_PARTS=5_000,
        LAKSANA=settings,
    )
    models.db.init_app(app)
    catalogue.forget()
    web.init(app)
    return app


def _kept_key(file: Path) -> str:
    """Return the generated key of this installation, made on first use and readable by its owner only."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
    return file.read_text().strip()
