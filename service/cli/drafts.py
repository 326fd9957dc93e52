"""Check the files on the drafting table; nothing here needs the database."""

import sys
from pathlib import Path

import click

from service import drafts
from service.drafts import File, Shelf
from service.engine.workflow import Source
from service.errors import Problem


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check diagrams (.bpmn), forms (.form) and decision tables (.dmn) together.

    The forms of bpmn/KEY/KEY.bpmn are found in forms/KEY/ by themselves, its decision tables in bpmn/KEY/,
    and so are called processes.
    One line per problem; exit 1 if there is an error.
    """
    checked = drafts.check(drafts.read(with_neighbours(files)), _neighbouring_processes(files))
    print_problems(checked.problems)
    if checked.errors:
        sys.exit(1)


def with_neighbours(files: tuple[Path, ...]) -> list[File]:
    """Return the files, with the forms in forms/KEY/ and the decision tables in bpmn/KEY/ of bpmn/KEY/KEY.bpmn."""
    named = {path.resolve() for path in files}
    found = [_file(path) for path in files]
    for path in files:
        if path.suffix == ".bpmn":
            home = path.resolve().parent
            beside = [*_forms_of(path), *sorted(home.glob("*.dmn"))]
            found += [_file(other) for other in beside if other.resolve() not in named]
            named |= {other.resolve() for other in beside}
    return found


def _forms_of(diagram: Path) -> list[Path]:
    return sorted((diagram.resolve().parent.parent.parent / "forms" / diagram.stem).glob("*.form"))


def _file(path: Path) -> File:
    folder = path.resolve().parent
    owned = folder.parent.name == ("bpmn" if path.suffix == ".dmn" else "forms")
    return File(str(path), path.read_bytes(), folder.name if owned else "")


def _neighbouring_processes(files: tuple[Path, ...]) -> Shelf:
    """Return the processes that lie beside the checked ones, so that calls between them can be checked."""
    sources: dict[str, Source] = {}
    forms: dict[str, dict[str, bytes]] = {}
    for path in files:
        if path.suffix == ".bpmn":
            for other in path.resolve().parent.parent.glob("*/*.bpmn"):
                sources.setdefault(other.stem, Source(str(other), other.read_bytes()))
                forms.setdefault(other.stem, {form.stem: form.read_bytes() for form in _forms_of(other)})
    return Shelf(sources, forms)


def print_problems(problems: tuple[Problem, ...]) -> None:
    """Print one line per problem."""
    for problem in problems:
        click.echo(str(problem))
