"""Attempts to sign in are counted, a session knows when the password was given, programs get tokens."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "attempt",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_at", "attempt", ["at"])
    op.create_table(
        "token",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
    )
    op.create_index("ix_token_person_id", "token", ["person_id"])
    op.add_column("session", sa.Column("confirmed_at", Moment(), nullable=True))


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("session") as changed:
        changed.drop_column("confirmed_at")
    op.drop_table("token")
    op.drop_table("attempt")
