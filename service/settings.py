"""Everything that can be set from outside, by `LAKSANA_*` variables of the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.errors import Invalid

LAST_PORT = 65_535
LEAST_FREE_MB = 100
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

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
    least_free_mb: int = LEAST_FREE_MB
    """Below so much free disk space in the data folder, `/readyz` says that this machine is not ready."""
    metrics_token: str = ""
    """Who shows it may read `/metrics`; empty for everybody on this machine and nobody else."""
    demo_password: str = "laksana"  # noqa: S105 - demo mode listens on loopback only
    demo: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables.

        Raises:
            Invalid: a variable has a value that cannot be used.

        """
        return cls(
            data=Path(environment.get("LAKSANA_DATA", "var")),
            database=environment.get("LAKSANA_DATABASE", ""),
            host=environment.get("LAKSANA_HOST", "127.0.0.1"),
            port=_port(environment.get("LAKSANA_PORT", "8000")),
            secret_key=environment.get("LAKSANA_SECRET_KEY", ""),
            https=environment.get("LAKSANA_HTTPS", "") == "1",
            least_free_mb=_whole("LAKSANA_LEAST_FREE_MB", environment, LEAST_FREE_MB),
            metrics_token=environment.get("LAKSANA_METRICS_TOKEN", ""),
            demo_password=environment.get("LAKSANA_DEMO_PASSWORD", "laksana"),
        )

    @property
    def is_embedded(self) -> bool:
        """Tell whether one process does everything, on SQLite, or others do the background work, on PostgreSQL."""
        return self.database_url.startswith("sqlite")

    @property
    def database_url(self) -> str:
        """Return the database that is used: the one set, else SQLite in the data folder."""
        if self.database.startswith("postgresql://"):
            return self.database.replace("postgresql://", "postgresql+psycopg://", 1)
        return self.database or f"sqlite:///{(self.data / 'laksana.db').resolve()}"


def _whole(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} is a whole number, not {text}")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 <= int(text) <= LAST_PORT):
        raise Invalid(f"LAKSANA_PORT is a number from 0 to {LAST_PORT}, not {text}")
    return int(text)
