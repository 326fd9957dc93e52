"""CPU of `laksana check` on each of our SOPs: the command as typed, its check alone, and the proof in it.

Goal: under 0.5 s for the check with the proof of soundness, under 0.2 s for the proof.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median

from service.cli import main as command
from service.engine.diagram import read, soundness_problems

ROUNDS = 9
DIAGRAMS = Path(__file__).parent.parent / "bpmn"
TYPED = "from service.cli import main; main()"


def cpu(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median CPU milliseconds of an act."""
    taken = []
    for _ in range(rounds):
        before = time.process_time()
        act()
        taken.append(time.process_time() - before)
    return median(taken) * 1000


def typed(*words: str) -> float:
    """Return the CPU milliseconds of the command in a process of its own, start and imports included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", TYPED, *words], check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def checked(file: Path) -> None:
    """Run the command in this process and drop what it prints."""
    with redirect_stdout(StringIO()):
        try:
            command(["check", str(file)], standalone_mode=False)
        except SystemExit as stopped:
            print(f"{file.stem}: problems found, exit {stopped.code}", file=sys.stderr)


def main() -> None:
    """Print the figures of each SOP."""
    print(f"starting the command alone         {median(typed('--help') for _ in range(3)):6.0f} ms CPU")
    for file in sorted(DIAGRAMS.glob("*/*.bpmn")):
        diagram = read(file.read_bytes(), file.name)
        proof = cpu(lambda diagram=diagram: soundness_problems(diagram))  # type: ignore[misc]
        check = cpu(lambda file=file: checked(file))  # type: ignore[misc]
        print(
            f"{file.stem:34} {typed('check', str(file)):6.0f} ms CPU as typed"
            f"{check:8.1f} ms the check{proof:7.2f} ms the proof"
        )


if __name__ == "__main__":
    main()
