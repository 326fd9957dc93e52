"""The long rounds: `python -m tests.faults --rounds 50 --kind all --database both`; what is done is not repeated."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.faults import rounds
from tests.faults.kinds import KINDS
from tests.faults.office import Fresh
from tests.faults.servers import server


def main() -> None:
    """Run rounds, print the table, and leave with 1 if anything was lost, doubled, broken or stuck."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    asked.add_argument("--rounds", type=int, default=50)
    asked.add_argument("--kind", choices=["all", *KINDS], default="all")
    asked.add_argument("--database", choices=["both", *rounds.DATABASES], default="both")
    asked.add_argument("--file", type=Path, default=Path("artifacts/faults/rounds.jsonl"), help="what was run so far")
    wanted = asked.parse_args()
    wanted.file.parent.mkdir(parents=True, exist_ok=True)
    before = {(one["kind"], one["database"], one["number"]) for one in rounds.read(wanted.file)}
    with server() as running, tempfile.TemporaryDirectory() as folder, wanted.file.open("a") as kept:
        fresh = Fresh.prepared(Path(folder), running)
        for kind in KINDS if wanted.kind == "all" else [wanted.kind]:
            for database in rounds.DATABASES if wanted.database == "both" else [wanted.database]:
                left = [number for number in range(wanted.rounds) if (kind, database, number) not in before]
                for number, result in rounds.rounds(fresh, kind, database, left):
                    kept.write(json.dumps({**asdict(result), "number": number}) + "\n")
                    kept.flush()
                    print(
                        kind,
                        database,
                        number,
                        f"{result.seconds} s",
                        result.acknowledged,
                        *result.faults[:3],
                        flush=True,
                    )
    results = rounds.read(wanted.file)
    print(*rounds.table(results), sep="\n")
    sys.exit(any(one["faults"] for one in results))


if __name__ == "__main__":
    main()
