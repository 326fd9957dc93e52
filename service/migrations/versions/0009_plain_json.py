"""Documents come back as they were written: on PostgreSQL as text, no longer as JSONB."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = sa.text(
    "SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables ON tablename = table_name "
    "WHERE table_schema = current_schema() AND schemaname = table_schema AND data_type = :kind ORDER BY 1, 2"
)


def upgrade() -> None:
    """Bring the tables forward."""
    _turn("jsonb", "json", sa.JSON())


def downgrade() -> None:
    """Take the tables back."""
    _turn("json", "jsonb", JSONB())


def _turn(old: str, new: str, kind: sa.types.TypeEngine[object]) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in op.get_bind().execute(COLUMNS, {"kind": old}).all():
        op.alter_column(table, column, type_=kind, postgresql_using=f'"{column}"::{new}')
