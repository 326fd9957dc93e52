"""What people are told of, by letter and on the page."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
ON_THE_PAGE = sa.text("channel = 'page'")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "reading",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_reading")),
    )
    op.create_index(
        "ix_delivery_tenant_id_target_created_at",
        "delivery",
        ["tenant_id", "target", "created_at"],
        sqlite_where=ON_THE_PAGE,
        postgresql_where=ON_THE_PAGE,
    )
    op.add_column("office", sa.Column("digest_day", sa.String(length=10), server_default="", nullable=False))
    op.add_column("person", sa.Column("mail", sa.String(length=10), server_default="urgent", nullable=False))
    op.add_column("person", sa.Column("digest", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("person", sa.Column("language", sa.String(length=2), server_default="id", nullable=False))
    op.add_column("person", sa.Column("feed", sa.String(length=64), server_default="", nullable=False))
    op.create_index("ix_person_feed", "person", ["feed"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("ix_person_feed", table_name="person")
    for column in ("feed", "language", "digest", "mail"):
        op.drop_column("person", column)
    op.drop_column("office", "digest_day")
    op.drop_index("ix_delivery_tenant_id_target_created_at", table_name="delivery")
    op.drop_table("reading")
