"""Units and positions are trees; who holds a position or a role holds it for a time; what changes is written down."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from service.columns import Document, Moment
from service.models import new_id

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Nobody recorded since when the posts of earlier times were held."""
OLD_KEYS = {"holding": ("tenant_id", "person_id", "position_code"), "role": ("tenant_id", "person_id", "name")}
OWN = {"holding": ("position_code", 40), "role": ("name", 20)}
"""What is held, and how long its code may be."""
SEARCHED = {"holding": ("person_id", "position_code"), "role": ("person_id",)}


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("unit", sa.Column("parent_code", sa.String(40)))
    op.add_column("unit", sa.Column("closed_at", Moment()))
    op.add_column("position", sa.Column("superior_code", sa.String(40)))
    op.add_column("position", sa.Column("is_shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("position", sa.Column("closed_at", Moment()))
    op.add_column("person", sa.Column("nip", sa.String(18)))
    op.create_index("ix_person_nip", "person", ["nip"])
    _share_what_is_shared()
    for table in OLD_KEYS:
        _rebuild(table)
    op.create_table(
        "organisation_event",
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("before", Document(), nullable=False),
        sa.Column("after", Document(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_organisation_event"),
    )


def downgrade() -> None:
    """Take the tables back; of what is held for a time only that it was held stays."""
    op.drop_table("organisation_event")
    for table in OLD_KEYS:
        _take_back(table)
    op.drop_index("ix_person_nip", "person")
    for table, columns in {
        "person": ("nip",),
        "position": ("superior_code", "is_shared", "closed_at"),
        "unit": ("parent_code", "closed_at"),
    }.items():
        with op.batch_alter_table(table) as changed:
            for column in columns:
                changed.drop_column(column)


def _share_what_is_shared() -> None:
    """Let positions be shared that several people hold."""
    op.execute(
        "UPDATE position SET is_shared = true WHERE 1 < (SELECT count(*) FROM holding "
        "WHERE holding.tenant_id = position.tenant_id AND holding.position_code = position.code)"
    )


def _rebuild(table: str) -> None:
    old, (held, length) = OLD_KEYS[table], OWN[table]
    rows = op.get_bind().execute(_old(table).select()).all()
    op.drop_table(table)
    new = op.create_table(
        table,
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(held, sa.String(length), nullable=False),
        *([sa.Column("capacity", sa.String(20), nullable=False)] if table == "holding" else []),
        sa.Column("decree", sa.String(100), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment()),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("recorded_by", sa.Uuid()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"pk_{table}"),
    )
    for column in SEARCHED[table]:
        op.create_index(f"ix_{table}_tenant_id_{column}", table, ["tenant_id", column])
    added = {"decree": "", "starts_at": UNKNOWN, "ends_at": None, "recorded_at": UNKNOWN, "recorded_by": None}
    if table == "holding":
        added["capacity"] = "definitive"
    kept = [{**dict(zip(old, row, strict=True)), "id": new_id(UNKNOWN), **added} for row in rows]
    if kept:
        op.bulk_insert(new, kept)


def _take_back(table: str) -> None:
    key, (held, length) = OLD_KEYS[table], OWN[table]
    rows = op.get_bind().execute(_old(table).select().distinct()).all()
    op.drop_table(table)
    old = op.create_table(
        table,
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(held, sa.String(length), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )
    if rows:
        op.bulk_insert(old, [dict(zip(key, row, strict=True)) for row in rows])


def _old(table: str) -> sa.TableClause:
    return sa.table(
        table, *(sa.column(name, sa.Uuid() if name == "person_id" else sa.String()) for name in OLD_KEYS[table])
    )
