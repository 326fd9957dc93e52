"""On PostgreSQL the history is kept by month; what is there becomes the rest, which the months are taken from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OWN_INDEXES = sa.text(
    "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'history' "
    "AND indexname <> 'pk_history' ORDER BY indexname"
)
CASE = (
    "ALTER TABLE history ADD CONSTRAINT fk_history_tenant_id_instance_id "
    "FOREIGN KEY (tenant_id, instance_id) REFERENCES instance (tenant_id, id)"
)


def upgrade() -> None:
    """Bring the tables forward; no line is copied."""
    if op.get_bind().dialect.name != "postgresql":
        return
    indexes = op.get_bind().execute(OWN_INDEXES).scalars().all()
    for statement in (
        "ALTER TABLE history RENAME TO history_other",
        "ALTER TABLE history_other RENAME CONSTRAINT pk_history TO pk_history_other",  # each part has one of its own
        "CREATE TABLE history (LIKE history_other INCLUDING DEFAULTS) PARTITION BY RANGE (at)",
        CASE,
        "ALTER TABLE history ATTACH PARTITION history_other DEFAULT",
    ):
        op.execute(statement)
    _index_again(indexes, "history_other")


def downgrade() -> None:
    """Put the months together again."""
    if op.get_bind().dialect.name != "postgresql":
        return
    indexes = op.get_bind().execute(OWN_INDEXES).scalars().all()
    for statement in (
        "CREATE TABLE history_whole (LIKE history INCLUDING DEFAULTS)",
        "INSERT INTO history_whole SELECT * FROM history",
        "DROP TABLE history",
        "ALTER TABLE history_whole RENAME TO history",
        "ALTER TABLE history ADD CONSTRAINT pk_history PRIMARY KEY (tenant_id, instance_id, sequence)",
        CASE,
    ):
        op.execute(statement)
    for definition in indexes:
        op.execute(definition.replace(" ON ONLY ", " ON "))


def _index_again(definitions: Sequence[str], old: str) -> None:
    """Give the months to come the indexes that the lines had; the old ones go on serving the rest."""
    for definition in definitions:
        name = definition.split(" INDEX ")[1].split()[0]
        op.execute(f"ALTER INDEX {name} RENAME TO {old}_{name}")
        op.execute(definition)
