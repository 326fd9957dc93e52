"""Settings: read from the environment, refused with a sentence, and told in the README."""

import re

import pytest

from service.cli import MODULES
from service.errors import Invalid
from service.settings import Settings
from tests import provision

README = (provision.ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_told_in_the_readme() -> None:
    source = (provision.ROOT / "service" / "settings.py").read_text(encoding="utf-8")
    told = set(re.findall(r"`(LAKSANA_[A-Z_]+)`", README))

    assert set(re.findall(r'"(LAKSANA_[A-Z_]+)"', source)) == told


def test_every_command_is_told_in_the_readme() -> None:
    assert [name for name in MODULES if f"`laksana {name}" not in README] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("LAKSANA_PORT", "65536"), ("LAKSANA_PORT", "x"), ("LAKSANA_LEAST_FREE_MB", "-1"), ("LAKSANA_LEAST_FREE_MB", "")],
)
def test_a_number_that_is_none_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        Settings.read({name: value})
