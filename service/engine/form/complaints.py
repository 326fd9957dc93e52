"""What is wrong with a form, told per component."""

from collections.abc import Mapping

from service.engine.expression import Expression, ExpressionInvalid, compile_expression
from service.errors import Problem, Remedy, remedy

Component = Mapping[str, object]
NOWHERE: Component = {}


class Complaints:
    """Collects problems and knows where in the file each belongs."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self.file = file
        self.lines = lines
        self.form_id = ""
        self.problems: list[Problem] = []

    def line(self, component: Component) -> int:
        """Return the line on which a component stands."""
        return self.lines.get(str(component.get("id", "")), 0)

    def tell(
        self, component: Component, code: str, message: str, message_en: str, fix: Remedy, *, warning: bool = False
    ) -> None:
        """Note one problem of a component, or of the whole form."""
        element = component.get("id")
        name = component.get("label") or component.get("key") or component.get("path") or element
        form = self.form_id or self.file
        self.problems.append(
            Problem(
                code,
                message,
                message_en,
                file=self.file,
                line=self.line(component),
                element=short(element) if element else "",
                severity="warning" if warning else "error",
                place=f"Formulir {form}, isian {short(name)}" if name else f"Formulir {form}",
                fix=fix,
            ),
        )

    def unsupported(self, component: Component, code: str, what_id: str, what_en: str, fix: Remedy) -> None:
        """Note something that form-js has and this server does not."""
        self.tell(component, code, f"{what_id} tidak didukung.", f"{what_en} is not supported.", fix)

    def wrong(self, component: Component, name: str, wanted_id: str, wanted_en: str) -> None:
        """Note a property with a value of the wrong kind."""
        self.tell(
            component,
            "property-invalid",
            f'Sifat "{name}" bukan {wanted_id}.',
            f'The property "{name}" is not {wanted_en}.',
            remedy('Isi "%(name)s" dengan nilai yang diminta.', name=name),
        )

    def expression(self, component: Component, name: str, text: object) -> Expression | None:
        """Compile an expression of a component, or note why it is none."""
        if not isinstance(text, str) or not text.strip():
            self.wrong(component, name, "ekspresi FEEL", "a FEEL expression")
            return None
        try:
            return compile_expression(text)
        except ExpressionInvalid as error:
            self.bad_expression(component, name, error)
            return None

    def bad_expression(self, component: Component, name: str, error: ExpressionInvalid) -> None:
        """Note an expression that the language does not have."""
        self.tell(
            component,
            "expression-invalid",
            f'Ekspresi "{name}", kolom {error.position}: {error.message_id}',
            f'Expression "{name}", column {error.position}: {error.message_en}',
            remedy("Tulis ekspresi dengan bagian FEEL yang didukung."),
        )

    # Typed properties.

    def text(self, component: Component, name: str) -> str:
        """Return a text, or "" with a complaint when it is something else."""
        value = component.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong(component, name, "teks", "a text")
        return ""

    def flag(self, component: Component, name: str, *, default: bool = False) -> bool:
        """Return true or false; an expression here is not supported."""
        value = component.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.wrong(component, name, "true atau false", "true or false")
        return default

    def count(self, component: Component, name: str, most: int = 100_000) -> int | None:
        """Return a whole number from 0 on; null when it is not given."""
        value = component.get(name)
        if value is None or value == "":
            return None
        if type(value) is int and 0 <= value <= most:
            return value
        self.wrong(component, name, f"bilangan bulat 0 sampai {most}", f"a whole number from 0 to {most}")
        return None

    def number(self, component: Component, name: str) -> float | None:
        """Return a number; form-js also writes it as text."""
        value = component.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = None
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
            return int(value) if float(value).is_integer() else float(value)
        self.wrong(component, name, "bilangan", "a number")
        return None

    def part(self, component: Component, name: str) -> Component:
        """Return an object inside a component, named for complaints like the component."""
        value = component.get(name)
        if value is None:
            return NOWHERE
        if isinstance(value, dict):
            return value
        self.wrong(component, name, "objek", "an object")
        return NOWHERE


def short(value: object) -> str:
    """Return a value of an upload as it may stand in a sentence."""
    return str(value)[:80]
