"""10,000 open due dates after a new day off: CPU time of the dry run and of the background work, with its lines.

Run: python -m bench.recompute
"""

import tempfile
from time import process_time

from sqlalchemy import func, select

from bench.inbox import add_open, one_case
from bench.measuring import office
from bench.measuring.figures import at_most, show, title
from service import jobs, workdays
from service.models import History, db

OPEN = 10_000
SLOWEST = 5.0


def main() -> None:
    """Print what a change costs while so many tasks are open."""
    title(f"A new day off while {OPEN} tasks are open")
    with tempfile.TemporaryDirectory() as folder, office.office(folder) as player:
        case, task, group = one_case(player)
        task = task | {"due_at": task["due_at"]}
        add_open(case, task, group, range(case["number"] + 1, OPEN + 1))
        admin, day = player.actor("admin", "nganjuk"), str(task["due_at"].date())
        typed = {"day": day, "name": "Libur lokal"}
        began = process_time()
        _, preview = workdays.tried(admin, "add-day", typed)
        show(f"dry run, {preview.count} would move", process_time() - began, "s")
        workdays.change(admin, "add-day", typed, player.now)
        began = process_time()
        moved = jobs.run_due(player.now + workdays.SETTLING)
        spent = process_time() - began
        lines = db.session.scalar(select(func.count()).where(History.kind == "due-moved"))
        show(f"{moved} moved, {lines} lines written", spent, "s", at_most(spent, SLOWEST))


if __name__ == "__main__":
    main()
