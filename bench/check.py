"""CPU of `laksana check` on each of our SOPs: the command as typed, its check alone, and the proof in it.

Goal: under 0.5 s for the check with the proof of soundness, under 0.2 s for the proof.
"""

import resource
import subprocess
import sys
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median

from bench.measuring.figures import at_most, milliseconds, show, title
from service.cli import main as command
from service.engine.diagram import read, soundness_problems

ROUNDS = 9
CHECK, PROOF = 500, 200
DIAGRAMS = Path(__file__).parent.parent / "bpmn"
TYPED = "from service.cli import main; main()"


def typed(*words: str) -> float:
    """Return the CPU milliseconds of the command in a process of its own, start and imports included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", TYPED, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
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
    title("laksana check on each SOP: the command as typed, its check alone, the proof of soundness in it")
    show("starting the command alone", median(typed("check", "--help") for _ in range(3)), "ms")
    for file in sorted(DIAGRAMS.glob("*/*.bpmn")):
        diagram = read(file.read_bytes(), file.name)
        check = milliseconds(partial(checked, file), ROUNDS)
        proof = milliseconds(partial(soundness_problems, diagram), ROUNDS)
        whole = median(typed("check", str(file)) for _ in range(3))
        show(f"{file.stem}, as typed", whole, "ms", at_most(whole, CHECK))
        show(f"{file.stem}, the check", check, "ms", at_most(check, CHECK))
        show(f"{file.stem}, the proof", proof, "ms", at_most(proof, PROOF))


if __name__ == "__main__":
    main()
