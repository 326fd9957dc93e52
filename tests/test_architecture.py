import re

from assets.build import ROOT

WRITERS = ("service/store/", "service/prepared.py")  # the second one ends what only read


def test_only_the_store_commits() -> None:
    committing = [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in sorted((ROOT / "service").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"\.commit\(", line)
    ]

    assert committing, "nothing is ever saved"
    assert [place for place in committing if not place.startswith(WRITERS)] == []
