"""Everything that can be set from outside, by `LAKSANA_*` variables of the environment."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from service.errors import Invalid

LAST_PORT = 65_535
LEAST_FREE_MB = 100
CONNECTIONS, LEAST_CONNECTIONS, MOST_CONNECTIONS = 16, 3, 262_143
"""A worker that starts holds one while its engine of jobs takes two; more than the most no PostgreSQL takes."""
POSTGRESQL_PORT = "5432"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
RETURN_PATH = "/masuk/sso/kembali"
"""Where an OpenID Connect provider leads people back to, below the address of the service."""
OIDC = ("LAKSANA_OIDC_ISSUER", "LAKSANA_OIDC_CLIENT_ID", "LAKSANA_OIDC_CLIENT_SECRET")
OIDC_MORE = ("LAKSANA_OIDC_LABEL", "LAKSANA_OIDC_CLAIM", "LAKSANA_OIDC_MATCHES")
CLAIM = re.compile(r"[\w.:/-]{1,200}")
LONGEST_LABEL = 40


class Match(StrEnum):
    """What a claim of the provider says of an account."""

    NIP = "nip"
    USER_NAME = "user_name"


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider that may vouch for people, and what we are to it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str
    claim: str
    """The claim that names an account."""
    matches: Match
    returns_to: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    data: Path = Path("var")
    """Folder for the SQLite file and the generated keys."""
    database: str = ""
    """SQLAlchemy URL; empty for a SQLite file in the data folder."""
    connections: int = CONNECTIONS
    """Most connections to PostgreSQL that this process holds."""
    pgbouncer: bool = False
    """Whether the database is reached through a pgbouncer that lends connections for one transaction."""
    host: str = "127.0.0.1"
    port: int = 8000
    secret_key: str = ""
    """Signs cookies; empty to generate one into the data folder."""
    proxies: int = 0
    """How many proxies stand in front whose `X-Forwarded-*` headers are believed."""
    https: bool = False
    """Whether browsers reach the service by HTTPS; cookies are then sent by HTTPS only."""
    least_free_mb: int = LEAST_FREE_MB
    """Below so much free disk space in the data folder, `/readyz` says that this machine is not ready."""
    metrics_token: str = ""
    """Who shows it may read `/metrics`; empty for everybody on this machine and nobody else."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    """Where a worker tells what it counted; 0 for nowhere."""
    url: str = ""
    """Address under which people reach the service, for links in e-mails; empty for e-mails without links."""
    hosts: tuple[str, ...] = ()
    """Names under which people reach the service; empty for that of `url` alone, or any."""
    smtp_url: str = ""
    """Where e-mails are handed in; empty if nobody is told by e-mail."""
    mail_from: str = ""
    scan_command: str = ""
    """Virus scanner that gets every uploaded file on its standard input; empty for none."""
    webhook_networks: tuple[str, ...] = ()
    """Networks of one's own that webhooks may lead to; all others have to be public."""
    provider: Provider | None = None
    """Who vouches for people beside their passwords; None: nobody."""
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
            database=_database(environment.get("LAKSANA_DATABASE", "")),
            connections=_connections("LAKSANA_CONNECTIONS", environment),
            pgbouncer=environment.get("LAKSANA_PGBOUNCER", "") == "1",
            host=environment.get("LAKSANA_HOST", "127.0.0.1"),
            port=_port("LAKSANA_PORT", environment, 8000),
            secret_key=environment.get("LAKSANA_SECRET_KEY", ""),
            proxies=_whole("LAKSANA_PROXIES", environment, 0),
            https=environment.get("LAKSANA_HTTPS", "") == "1",
            least_free_mb=_whole("LAKSANA_LEAST_FREE_MB", environment, LEAST_FREE_MB),
            metrics_token=environment.get("LAKSANA_METRICS_TOKEN", ""),
            metrics_host=environment.get("LAKSANA_METRICS_HOST", "127.0.0.1"),
            metrics_port=_port("LAKSANA_METRICS_PORT", environment, 0),
            url=_url(environment.get("LAKSANA_URL", "").rstrip("/")),
            hosts=tuple(host.strip() for host in environment.get("LAKSANA_HOSTS", "").split(",") if host.strip()),
            smtp_url=_mail_server(environment.get("LAKSANA_SMTP_URL", "")),
            mail_from=_sender(environment),
            scan_command=_command(environment.get("LAKSANA_SCAN_COMMAND", "")),
            webhook_networks=_networks(environment.get("LAKSANA_WEBHOOK_NETWORKS", "")),
            provider=_provider(environment),
            demo_password=environment.get("LAKSANA_DEMO_PASSWORD", "laksana"),
        )

    @property
    def is_embedded(self) -> bool:
        """Tell whether one process does everything, on SQLite, or others do the background work, on PostgreSQL."""
        return self.database_url.startswith("sqlite")

    @property
    def trusted_hosts(self) -> frozenset[str]:
        """Return the names that requests may be for, those of this machine among them; none if any will do."""
        known = self.hosts or tuple(filter(None, [urlsplit(self.url).hostname]))
        return frozenset({*known, *LOOPBACK}) if known else frozenset()

    @property
    def database_url(self) -> str:
        """Return the database that is used: the one set, else SQLite in the data folder."""
        if self.database.startswith("postgresql"):
            return _postgresql(urlsplit(self.database))
        return self.database or f"sqlite:///{(self.data / 'laksana.db').resolve()}"


def _split(text: str) -> SplitResult:
    """Return the parts of an address; of what is none, none."""
    try:
        return urlsplit(text)
    except ValueError:  # half a bracket
        return urlsplit("")


def _leads_somewhere(place: SplitResult) -> bool:
    try:
        return bool(place.hostname) and place.port != 0
    except ValueError:  # a port that is none, as what follows a `#` in a password
        return False


def _url(text: str) -> str:
    found = _split(text)
    if text and not (found.scheme in {"http", "https"} and _leads_somewhere(found)):
        raise Invalid("LAKSANA_URL looks like https://laksana.kantor.example")
    return text


def _database(text: str) -> str:
    found = _split(text)
    is_postgresql = found.scheme in {"postgresql", "postgresql+psycopg"}
    ports = re.findall(r":([^:\]]*)$", found.netloc.rpartition("@")[2].replace(",", "\n"), re.MULTILINE)
    if text and not text.startswith("sqlite://") and not (is_postgresql and all(port.isdigit() for port in ports)):
        raise Invalid(
            "LAKSANA_DATABASE looks like postgresql://user:password@host:5432/laksana or sqlite:////folder/file"
        )
    return text


def _postgresql(url: SplitResult) -> str:
    """Return the address for SQLAlchemy; of several servers the one that takes writes is used."""
    person, at, places = url.netloc.rpartition("@")
    query = url.query
    if "," in places:
        hosts, ports = zip(*(_place(place) for place in places.split(",")), strict=True)
        wanted = "" if "target_session_attrs=" in query else "target_session_attrs=read-write"
        query = "&".join(filter(None, [query, f"host={','.join(hosts)}", f"port={','.join(ports)}", wanted]))
        places = ""
    return url._replace(scheme="postgresql+psycopg", netloc=person + at + places, query=query).geturl()


def _place(text: str) -> tuple[str, str]:
    host, colon, port = text.rpartition(":")
    return (host.strip("[]"), port) if colon and port.isdigit() else (text.strip("[]"), POSTGRESQL_PORT)


def _whole(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} is a whole number, not {text}")
    return int(text)


def _connections(name: str, environment: Mapping[str, str]) -> int:
    wanted = _whole(name, environment, CONNECTIONS)
    if not LEAST_CONNECTIONS <= wanted <= MOST_CONNECTIONS:
        raise Invalid(f"{name} is a number from {LEAST_CONNECTIONS} to {MOST_CONNECTIONS}, not {wanted}")
    return wanted


def _port(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 0 <= int(text) <= LAST_PORT):
        raise Invalid(f"{name} is a number from 0 to {LAST_PORT}, not {text}")
    return int(text)


def _mail_server(text: str) -> str:
    found = _split(text)
    if text and not (found.scheme in {"smtp", "smtps"} and _leads_somewhere(found)):
        raise Invalid(
            "LAKSANA_SMTP_URL looks like smtp://user:password@host:587 or smtps://host; "
            "in a password # / ? @ are %23 %2F %3F %40"
        )
    return text


def _sender(environment: Mapping[str, str]) -> str:
    text = environment.get("LAKSANA_MAIL_FROM", "")
    found = [address for _, address in getaddresses([text])] if text else []
    is_one = len(found) == 1 and "@" in found[0] and text.isprintable()
    if not is_one and (text or environment.get("LAKSANA_SMTP_URL", "")):
        raise Invalid("LAKSANA_MAIL_FROM looks like Laksana <laksana@kantor.example>; a name with , or [] is quoted")
    return text


def _command(text: str) -> str:
    try:
        shlex.split(text)
    except ValueError:
        raise Invalid("LAKSANA_SCAN_COMMAND is a command with its arguments, quoted as in a shell") from None
    return text.strip()


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(one.strip())) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise Invalid(f"LAKSANA_WEBHOOK_NETWORKS holds networks like 10.20.0.0/16: {error}") from None


def _provider(environment: Mapping[str, str]) -> Provider | None:
    given = {name: environment.get(name, "").strip() for name in (*OIDC, *OIDC_MORE)}
    if not any(given.values()):
        return None
    for name in OIDC:
        if not given[name]:
            raise Invalid(f"{name} is missing: a provider needs its address, our name there and our secret")
    issuer, own = given["LAKSANA_OIDC_ISSUER"], environment.get("LAKSANA_URL", "").rstrip("/")
    if not is_safe(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise Invalid("LAKSANA_OIDC_ISSUER is an address like https://sso.kantor.example/realms/kantor")
    if not own:
        raise Invalid("LAKSANA_URL is missing: the provider leads people back to the address of this service")
    return Provider(
        issuer,
        given["LAKSANA_OIDC_CLIENT_ID"],
        given["LAKSANA_OIDC_CLIENT_SECRET"],
        _label(given["LAKSANA_OIDC_LABEL"] or urlsplit(issuer).hostname or ""),
        _claim(given["LAKSANA_OIDC_CLAIM"] or "preferred_username"),
        _match(given["LAKSANA_OIDC_MATCHES"] or Match.USER_NAME),
        own + RETURN_PATH,
    )


def is_safe(address: str) -> bool:
    """Tell whether a secret may be sent to an address: by https, or without leaving this machine."""
    try:
        place = urlsplit(address)
        host, _ = place.hostname or "", place.port
    except ValueError:
        return False
    is_plain = bool(host) and "@" not in place.netloc and address.isprintable() and " " not in address
    return is_plain and (place.scheme == "https" or (place.scheme == "http" and host in LOOPBACK))


def _label(text: str) -> str:
    if len(text) > LONGEST_LABEL or not text.isprintable():
        raise Invalid(f"LAKSANA_OIDC_LABEL is what stands on the button, at most {LONGEST_LABEL} characters")
    return text


def _claim(text: str) -> str:
    if not CLAIM.fullmatch(text):
        raise Invalid("LAKSANA_OIDC_CLAIM is the name of a claim like preferred_username")
    return text


def _match(text: str) -> Match:
    if text not in set(Match):
        raise Invalid(f"LAKSANA_OIDC_MATCHES is {' or '.join(Match)}: what the claim says of an account")
    return Match(text)
