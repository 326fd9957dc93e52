"""What a finished case takes in the database: the SOP with 15 rows, every task done, its whole history kept.

What people upload is counted by itself: it is as large as they make it.
"""

import tempfile

from sqlalchemy import text

from bench.measuring import office
from bench.measuring.figures import at_most, show, title
from service.models import Attachment, LargeValue, db
from tests import answers
from tests.walking import Player

CASES = 40
GOAL = 12
FILES = (Attachment.__tablename__, LargeValue.__tablename__)
ON_SQLITE = "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name) GROUP BY tbl_name"
ON_POSTGRESQL = (
    "SELECT coalesce(inhparent::regclass::text, relname), "
    "sum(pg_table_size(pg_class.oid) + pg_indexes_size(pg_class.oid)) "
    "FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid "
    "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace GROUP BY 1"
)


def sizes() -> dict[str, int]:
    """Return the bytes of every table with its indexes; PostgreSQL first lets go of what was overwritten."""
    db.session.commit()
    asked = ON_SQLITE
    if db.engine.dialect.name == "postgresql":
        asked = ON_POSTGRESQL
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL"))
    return {str(name): int(size) for name, size in db.session.execute(text(asked))}


def measure(player: Player) -> None:
    """Print the kilobytes of a case by table."""
    player.finish(player.start(answers.BLITAR))
    before = sizes()
    for _ in range(CASES):
        player.finish(player.start(answers.BLITAR))
    grown = {name: (size - before.get(name, 0)) / CASES / 1000 for name, size in sizes().items()}
    for name, size in sorted(grown.items(), key=lambda pair: -pair[1]):
        if size > 0.05:  # noqa: PLR2004 - what rounds to nothing
            show(f"  {name}", size, "KB", "files, by themselves" if name in FILES else "")
    whole = sum(size for name, size in grown.items() if name not in FILES)
    show("a case with its tasks and history, without files", whole, "KB", at_most(whole, GOAL))


def main() -> None:
    """Print it for both databases."""
    for name, opened in (("SQLite", office.office), ("PostgreSQL", office.office_on_postgresql)):
        title(f"A finished case of the SOP with 15 rows on {name}, {CASES} cases")
        with tempfile.TemporaryDirectory() as folder, opened(folder) as player:
            measure(player)


if __name__ == "__main__":
    main()
