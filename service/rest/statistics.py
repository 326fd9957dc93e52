"""How many cases run on each version and stand at each of its elements, below `/process-definition`."""

from dataclasses import dataclass
from typing import TypedDict

from flask import Blueprint

from service.queries import deployed, standing
from service.queries.deployed import Version
from service.queries.standing import Standing
from service.rest import process_definitions
from service.rest.incidents import KINDS, Kind
from service.rest.operations import operation
from service.rest.process_definitions import ProcessDefinition
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Whole
from service.web import auth, policies

blueprint = Blueprint("statistics", __name__, url_prefix="/process-definition")


class IncidentCount(TypedDict):
    """How many open incidents of a kind there are."""

    incidentType: Kind
    incidentCount: Whole


class ActivityStatistics(TypedDict):
    """What stands at an element."""

    id: str
    instances: Whole
    failedJobs: Whole
    incidents: list[IncidentCount]


class DefinitionStatistics(TypedDict):
    """What runs on a version."""

    id: DefinitionId
    instances: Whole
    failedJobs: Whole
    incidents: list[IncidentCount]
    definition: ProcessDefinition


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted beside the cases."""

    jobs: bool
    incidents: frozenset[Kind]

    def failed_jobs(self, found: Standing) -> int:
        """Return how many timers failed, if they are counted."""
        return found.failed_timers if self.jobs else 0

    def counted(self, found: Standing) -> list[IncidentCount]:
        """Return how many incidents there are of the kinds that are counted."""
        return [
            {"incidentType": KINDS[of_service], "incidentCount": times}
            for of_service, times in sorted(found.incidents.items())
            if KINDS[of_service] in self.incidents
        ]


def _counting(fields: Fields) -> Counting:
    jobs, every, roots = (fields.flag(name) for name in ("failedJobs", "incidents", "rootIncidents"))
    kind = fields.option("incidentsForType", KINDS)
    kinds = frozenset({kind}) if kind else frozenset(KINDS) if every or roots else frozenset[Kind]()
    return Counting(bool(jobs), kinds)


@blueprint.get("/statistics")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_counting)
def of_versions(query: Counting) -> list[DefinitionStatistics]:
    """Tell of every version how many cases run on it."""
    running = standing.of_versions(auth.actor())
    return [
        {
            "id": process_definitions.id_of(version),
            "instances": found.instances,
            "failedJobs": query.failed_jobs(found),
            "incidents": query.counted(found),
            "definition": process_definitions.shown(version),
        }
        for version in deployed.versions(auth.actor())
        for found in [running.get(version.id, Standing())]
    ]


@blueprint.get("/<definition_id>/statistics")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_counting)
def of_elements(definition_id: str, query: Counting) -> list[ActivityStatistics]:
    """Tell where the cases of a version stand."""
    return _of_elements(process_definitions.version_of(definition_id), query)


@blueprint.get("/key/<key>/statistics")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_counting)
def of_elements_by_key(key: str, query: Counting) -> list[ActivityStatistics]:
    """Tell where the cases of the version in force stand."""
    return _of_elements(deployed.newest(auth.actor(), key), query)


def _of_elements(version: Version, counting: Counting) -> list[ActivityStatistics]:
    return [
        {
            "id": element,
            "instances": found.instances,
            "failedJobs": counting.failed_jobs(found),
            "incidents": counting.counted(found),
        }
        for element, found in sorted(standing.of_elements(auth.actor(), version.id).items())
    ]
