"""Settings: read from the environment, refused with a sentence, and told in the README."""

import re

import pytest

from service import models
from service.cli import MODULES
from service.errors import Invalid
from service.settings import Match, Provider, Settings
from tests import provision

MAIL = {
    "LAKSANA_URL": "https://laksana.kantor.example",
    "LAKSANA_SMTP_URL": "smtps://nama:san%23di@[::1]:465",
    "LAKSANA_MAIL_FROM": '"Dinas, Blitar" <laksana@blitar.example>',
}
README = (provision.ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_told_in_the_readme() -> None:
    source = (provision.ROOT / "service" / "settings.py").read_text(encoding="utf-8")
    told = set(re.findall(r"`(LAKSANA_[A-Z_]+)`", README))

    assert set(re.findall(r'"(LAKSANA_[A-Z_]+)"', source)) == told


def test_every_command_is_told_in_the_readme() -> None:
    assert [name for name in MODULES if f"`laksana {name}" not in README] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAKSANA_PORT", "65536"),
        ("LAKSANA_PORT", "x"),
        ("LAKSANA_METRICS_PORT", "x"),
        ("LAKSANA_CONNECTIONS", "0"),
        ("LAKSANA_CONNECTIONS", "2"),
        ("LAKSANA_CONNECTIONS", "99999999999999999999"),
        ("LAKSANA_DATABASE", "mysql://u:p@db/laksana"),
        ("LAKSANA_DATABASE", "postgres://u:p@db/laksana"),
        ("LAKSANA_DATABASE", "laksana.db"),
        ("LAKSANA_DATABASE", "postgresql://u:p@[::1/laksana"),
        ("LAKSANA_DATABASE", "postgresql://u:p@db:abc/laksana"),
        ("LAKSANA_DATABASE", "postgresql://u:p@[::1]:5432,two:abc/laksana"),
        ("LAKSANA_LEAST_FREE_MB", "-1"),
        ("LAKSANA_LEAST_FREE_MB", ""),
        ("LAKSANA_SMTP_URL", "surel.example"),
        ("LAKSANA_SMTP_URL", "http://surel.example"),
        ("LAKSANA_SMTP_URL", "smtp://"),
        ("LAKSANA_SMTP_URL", "smtp://surel.example:lima"),
        ("LAKSANA_SMTP_URL", "smtp://surel.example:99999"),
        ("LAKSANA_SMTP_URL", "smtp://nama:san#di@surel.example"),
        ("LAKSANA_SMTP_URL", "smtp://[::1"),
        ("LAKSANA_MAIL_FROM", ""),
        ("LAKSANA_MAIL_FROM", "Laksana"),
        ("LAKSANA_MAIL_FROM", "Dinas, Blitar <a@blitar.example>"),
        ("LAKSANA_MAIL_FROM", "a@blitar.example\nBcc: b@blitar.example"),
        ("LAKSANA_URL", "laksana.kantor.example"),
        ("LAKSANA_URL", "https://laksana.kantor.example:https"),
        ("LAKSANA_SCAN_COMMAND", "clamdscan '-"),
        ("LAKSANA_WEBHOOK_NETWORKS", "10.0.0.1/8"),
        ("LAKSANA_WEBHOOK_NETWORKS", "semua"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        Settings.read({**MAIL, name: value})


def test_letters_go_out_where_it_is_said_from_whom() -> None:
    assert Settings.read(MAIL).mail_from == MAIL["LAKSANA_MAIL_FROM"]
    assert Settings.read({}).smtp_url == ""


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db/laksana", "postgresql+psycopg://u:p@db/laksana"),
        ("postgresql+psycopg://u@/laksana?host=%2Ftmp", "postgresql+psycopg://u@/laksana?host=%2Ftmp"),
        (
            "postgresql://u:p@one,[::1]:5433/laksana?sslmode=require",
            "postgresql+psycopg://u:p@/laksana?sslmode=require&host=one,::1&port=5432,5433&target_session_attrs=read-write",
        ),
        (
            "postgresql://u@one,two/laksana?target_session_attrs=any",
            "postgresql+psycopg://u@/laksana?target_session_attrs=any&host=one,two&port=5432,5432",
        ),
    ],
)
def test_of_several_servers_the_one_that_takes_writes_is_used(given: str, used: str) -> None:
    assert Settings(database=given).database_url == used


def test_a_connection_that_is_lent_for_one_transaction_prepares_nothing() -> None:
    url = Settings(database="postgresql://u@db/laksana?connect_timeout=2").database_url

    own, lent = (models.engine_options(url, connections=7, is_pooled=is_pooled) for is_pooled in (False, True))

    assert (own["pool_size"], own["max_overflow"]) == (7, 0)
    assert "connect_timeout" not in own["connect_args"]  # what the address says goes first
    assert own["connect_args"]["tcp_user_timeout"] == 20_000
    assert own["connect_args"].pop("options") == "-c jit=off"  # pgbouncer would refuse it
    assert lent["connect_args"] == {**own["connect_args"], "prepare_threshold": None}


PROVIDER = {
    "LAKSANA_URL": "https://laksana.kantor.example/",
    "LAKSANA_OIDC_ISSUER": "https://sso.kantor.example/realms/kantor",
    "LAKSANA_OIDC_CLIENT_ID": "laksana",
    "LAKSANA_OIDC_CLIENT_SECRET": "rahasia",
}


def test_a_provider_is_known_by_four_words() -> None:
    assert Settings.read(PROVIDER).provider == Provider(
        "https://sso.kantor.example/realms/kantor",
        "laksana",
        "rahasia",
        "sso.kantor.example",
        "preferred_username",
        Match.USER_NAME,
        "https://laksana.kantor.example/masuk/sso/kembali",
    )
    assert "rahasia" not in repr(Settings.read(PROVIDER))
    assert Settings.read({**PROVIDER, "LAKSANA_OIDC_ISSUER": "http://localhost:8080/realms/kantor"}).provider
    assert Settings.read(dict.fromkeys(PROVIDER, "")).provider is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAKSANA_OIDC_ISSUER", ""),
        ("LAKSANA_OIDC_ISSUER", "sso.kantor.example"),
        ("LAKSANA_OIDC_ISSUER", "http://sso.kantor.example"),
        ("LAKSANA_OIDC_ISSUER", "https://nama:sandi@sso.kantor.example"),
        ("LAKSANA_OIDC_ISSUER", "https://sso.kantor.example?realm=kantor"),
        ("LAKSANA_OIDC_ISSUER", "https://sso.kantor.example:x"),
        ("LAKSANA_OIDC_ISSUER", "https://[sso"),
        ("LAKSANA_OIDC_CLIENT_ID", ""),
        ("LAKSANA_OIDC_CLIENT_SECRET", " "),
        ("LAKSANA_URL", ""),
        ("LAKSANA_URL", "laksana.kantor.example"),
        ("LAKSANA_OIDC_LABEL", "x" * 41),
        ("LAKSANA_OIDC_CLAIM", "dua kata"),
        ("LAKSANA_OIDC_MATCHES", "email"),
    ],
)
def test_half_a_provider_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        Settings.read({**PROVIDER, name: value})
