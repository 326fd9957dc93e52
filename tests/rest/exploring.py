"""Asks whatever the description of the dialect allows, and what it does not, as everybody; schemathesis draws it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.rest import openapi
from service.rest.openapi import Root
from service.tokens import Scope
from tests.programs import token

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""`unsupported_method` is none of them: what the dialect has and we have not answers 501, not 405."""
CALLERS = {
    "starter": ("blitar.kadis", Scope.ACT),
    "reader": ("blitar.kadis", Scope.READ),
    "colleague": ("blitar.jfu", Scope.ACT),
    "analyst": ("analis", Scope.ACT),
    "auditor": ("auditor", Scope.ACT),
    "admin": ("admin", Scope.ACT),
    "system": ("diskominfo", Scope.ACT),
}
STRANGER = ""
NOBODYS = (str(uuid4()), "tidak_ada", "x:1:y", "%C3%BC%20%3B%3F%23", "a" * 1_000, "${x}", "..;", "1")
"""Names of things that are nowhere."""
DRAWN = GenerationConfig(allow_x00=False, allow_extra_parameters=False, with_security_parameters=False)
LOOSE = {"type", "description", "pattern"}
"""What nearly every text holds to."""
BETWEEN = (
    "says nothing without sortBy",
    "names the case whose activities are reckoned",
    "names the cases whose answers are read",
    "has to be month or quarter",
    "has to be taskName or processDefinition",
    "has to be month or quarter",
    "refers to no file",
    "it has no form",
    "names a variable twice",
)
"""What a field needs of another, or of what is asked about: no schema tells that."""
Operation = Any  # of schemathesis, half typed


@dataclass
class Exploration:
    """What was asked of a root, and what was wrong."""

    app: Flask
    root: Root
    things: Mapping[str, Sequence[str]]
    """Real things by their names in addresses and questions."""
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = {name: token(self.app, user, scope=scope) for name, (user, scope) in CALLERS.items()}
        with self.app.app_context():
            document = openapi.document(self.app, self.root)
        self.schema = schemathesis.openapi.from_dict(document)
        self.schema.app = self.app
        self.schema.config.generation = DRAWN
        self.schema.config.update(base_url=f"http://localhost{self.root.address}")

    def operations(self) -> list[Operation]:
        """Return what there is to ask."""
        return [found.ok() for found in self.schema.get_all_operations()]  # type: ignore[union-attr]  # none fails

    def explore(self, operation: Operation, examples: int, number: int = 0, *, wrongly: bool = True) -> None:
        """Ask an operation so often as described, and so often in other ways, as one after the other."""
        self._ask(operation, GenerationMode.POSITIVE, examples, number)
        if wrongly and can_be_wrong(operation.definition.raw):
            self._ask(operation, GenerationMode.NEGATIVE, examples, number)

    def _ask(self, operation: Operation, mode: GenerationMode, examples: int, number: int) -> None:
        named = {one.name: "x" for one in operation.path_parameters}
        drawn = operation.as_strategy(generation_mode=mode, path_parameters=named)
        chance = Random(f"{number} {operation.label} {mode}")  # noqa: S311 - nothing is secret here
        callers = [*CALLERS, STRANGER, *[who_may(operation)] * len(CALLERS)]

        @seed(chance.getrandbits(32))
        @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=drawn)
        def ask(case: Case[Any]) -> None:
            self._name_things(case, chance.randrange(100))
            self._ask_once(case, chance.choice(callers), mode)

        ask()

    def _name_things(self, case: Case[Any], which: int) -> None:
        """Name real things mostly, and now and then such as nobody has."""
        nothing = NOBODYS[which % len(NOBODYS)]
        for name in case.path_parameters or ():
            real = self.things.get(name, NOBODYS)
            case.path_parameters[name] = real[which % len(real)] if which % 4 else nothing
        for name in set(case.query or ()) & self.things.keys() if which % 2 else ():
            case.query[name] = self.things[name][which % len(self.things[name])]

    def _ask_once(self, case: Case[Any], caller: str, mode: GenerationMode) -> None:
        headers = {"Accept-Encoding": "identity"}
        if caller != STRANGER:
            headers["Authorization"] = f"Bearer {self.tokens[caller]}"
        response = case.call(headers=headers)
        self.answered[caller, response.status_code] += 1
        only_looks = "409" not in case.operation.definition.raw["responses"]
        is_whole = only_looks and not any(sentence in response.text for sentence in BETWEEN)
        taken = [positive_data_acceptance] if mode is GenerationMode.POSITIVE and is_whole else []
        try:
            if caller == STRANGER:
                assert response.status_code == 401, "a stranger is let in"
            case.validate_response(response, checks=[*CHECKS, *taken])
        except (AssertionError, FailureGroup) as error:
            self.wrong.append(f"{caller}: {error}")


def can_be_wrong(told: Mapping[str, Any]) -> bool:
    """Tell whether questions are easily found that break what is said of an operation."""
    asked = [one["schema"] for one in told["parameters"] if one["in"] == "query"]
    return "requestBody" in told or any(one.keys() - LOOSE or one["type"] != "string" for one in asked)


def who_may(operation: Operation) -> str:
    """Return who is let in by an operation, as its description says."""
    told = operation.definition.raw["description"]
    return next((caller for caller in ("admin", "analyst") if f"For {caller};" in told), "starter")
