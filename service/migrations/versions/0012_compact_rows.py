"""For whom a task is stands in it; the inboxes hold open tasks only; what the history tells is packed."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.columns import Document, Moment, Packed

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Type = sa.types.TypeEngine[Any]
AT_ONCE = 500
"""Rows that are rewritten together."""
BY_AND_BY: dict[str, Any] = {"execution_options": {"yield_per": AT_ONCE}}
"""A history may be larger than the memory."""
HISTORY_KEY = ("tenant_id", "instance_id", "sequence")
task = sa.table("task", sa.column("tenant_id"), sa.column("id"), sa.column("groups", Document), sa.column("ended_at"))
offer = sa.table("task_group", sa.column("tenant_id"), sa.column("task_id"), sa.column("candidate_group"))


packed: Type = Packed()
document: Type = Document()


def upgrade() -> None:
    """Bring the tables forward."""
    groups: dict[tuple[Any, Any], list[str]] = {}
    for office, task_id, group in op.get_bind().execute(sa.select(offer).order_by(offer.c.candidate_group)):
        groups.setdefault((office, task_id), []).append(group)
    op.add_column("task", sa.Column("groups", Document, nullable=False, server_default="[]"))
    own = (task.c.tenant_id == sa.bindparam("office"), task.c.id == sa.bindparam("task_id"))
    _each(
        sa.update(task).where(*own).values(groups=sa.bindparam("codes")),
        ({"office": office, "task_id": task_id, "codes": codes} for (office, task_id), codes in groups.items()),
    )
    op.drop_index("ix_task_tenant_id_instance_id_status", "task")
    op.drop_index("ix_task_tenant_id_status_due_at", "task")
    for column in ("instance_id", "due_at"):
        is_open = sa.text("ended_at IS NULL")
        name, columns = f"ix_task_tenant_id_{column}", ["tenant_id", column]
        op.create_index(name, "task", columns, sqlite_where=is_open, postgresql_where=is_open)
    op.drop_table("task_group")
    _create_offers("task_id", "candidate_group")
    op.create_index(
        "ix_task_group_tenant_id_candidate_group_task_id", "task_group", ["tenant_id", "candidate_group", "task_id"]
    )
    still_open = op.get_bind().execute(sa.select(task.c.tenant_id, task.c.id).where(task.c.ended_at.is_(None))).all()
    _offer(groups, [tuple(row) for row in still_open])
    _rewrite_history(document, packed, with_rowid=False)


def downgrade() -> None:
    """Take the tables back."""
    rows = op.get_bind().execute(sa.select(task.c.tenant_id, task.c.id, task.c.groups)).all()
    groups = {(office, task_id): codes for office, task_id, codes in rows}
    op.drop_table("task_group")
    _create_offers("candidate_group", "task_id")
    op.create_index("ix_task_group_tenant_id_task_id", "task_group", ["tenant_id", "task_id"])
    _offer(groups, list(groups))
    op.drop_index("ix_task_tenant_id_due_at", "task")
    op.drop_index("ix_task_tenant_id_instance_id", "task")
    op.create_index("ix_task_tenant_id_status_due_at", "task", ["tenant_id", "status", "due_at"])
    op.create_index("ix_task_tenant_id_instance_id_status", "task", ["tenant_id", "instance_id", "status"])
    with op.batch_alter_table("task") as changed:
        changed.drop_column("groups")
    _rewrite_history(packed, document, with_rowid=True)


def _create_offers(*order: str) -> None:
    columns: dict[str, sa.Column[Any]] = {
        "candidate_group": sa.Column("candidate_group", sa.String(80), nullable=False),
        "task_id": sa.Column("task_id", sa.Uuid(), nullable=False),
    }
    op.create_table(
        "task_group",
        sa.Column("tenant_id", sa.String(40), nullable=False),
        *(columns[name] for name in order),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"], ["task.tenant_id", "task.id"], name="fk_task_group_tenant_id_task_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", *order, name="pk_task_group"),
        sqlite_with_rowid=order[0] != "task_id",
    )


def _offer(groups: dict[tuple[Any, Any], list[str]], tasks: list[tuple[Any, ...]]) -> None:
    _each(
        sa.insert(offer),
        (
            {"tenant_id": office, "task_id": task_id, "candidate_group": code}
            for office, task_id in tasks
            for code in groups.get((office, task_id), ())
        ),
    )


def _rewrite_history(before: Type, after: Type, *, with_rowid: bool) -> None:
    """Write every body of the history in another form."""
    if op.get_bind().dialect.name == "sqlite":
        return _rebuild_history(before, after, with_rowid=with_rowid)
    op.add_column("history", sa.Column("rewritten", after))
    table = sa.table("history", *(sa.column(name) for name in HISTORY_KEY), sa.column("body", before),
                     sa.column("rewritten", after))  # fmt: skip
    own = [table.c[name] == sa.bindparam(f"own_{name}") for name in HISTORY_KEY]
    rows = op.get_bind().execute(sa.select(*(table.c[name] for name in HISTORY_KEY), table.c.body), **BY_AND_BY)
    _each(
        sa.update(table).where(*own).values(rewritten=sa.bindparam("document")),
        (
            {**{f"own_{name}": value for name, value in zip(HISTORY_KEY, key, strict=True)}, "document": body}
            for *key, body in rows
        ),
    )
    op.drop_column("history", "body")
    op.alter_column("history", "rewritten", new_column_name="body", nullable=False)
    return None


def _rebuild_history(before: Type, after: Type, *, with_rowid: bool) -> None:
    op.rename_table("history", "history_before")
    plain: list[tuple[str, Any, bool]] = [
        ("tenant_id", sa.String(40), False), ("instance_id", sa.Uuid(), False), ("sequence", sa.Integer(), False),
        ("kind", sa.String(20), False), ("at", Moment(), False), ("person_id", sa.Uuid(), True),
        ("position", sa.String(200), False), ("process_key", sa.String(128), False), ("element", sa.String(128), False),
        ("task_id", sa.Uuid(), True),
    ]  # fmt: skip
    new = op.create_table(
        "history",
        *(sa.Column(name, kind, nullable=may_miss) for name, kind, may_miss in plain),
        sa.Column("body", after, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"], name="fk_history_tenant_id_instance_id"
        ),
        sa.PrimaryKeyConstraint(*HISTORY_KEY, name="pk_history"),
        sqlite_with_rowid=with_rowid,
    )
    old = sa.table("history_before", *(sa.column(name, kind) for name, kind, _ in plain), sa.column("body", before))
    found = op.get_bind().execute(sa.select(old), **BY_AND_BY)
    _each(sa.insert(new), (dict(row) for row in found.mappings()))
    op.drop_table("history_before")


def _each(statement: sa.Executable, rows: Iterable[dict[str, Any]]) -> None:
    """Run a statement for rows, some hundred at once."""
    run: Callable[..., object] = op.get_bind().execute
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            run(statement, batch)
            batch = []
    if batch:
        run(statement, batch)
