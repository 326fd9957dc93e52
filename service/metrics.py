"""Metrics: what this process has counted since it started, in the text format of Prometheus."""

from collections.abc import Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.metrics_core import GaugeMetricFamily

COUNTED = CollectorRegistry()
STEPS = Counter("laksana_steps", "Steps that were saved, by kind of act", ["kind"], registry=COUNTED)
CONFLICTS = Counter("laksana_conflicts", "Attempts to save a case that somebody else saved first", registry=COUNTED)
PROVIDER_ANSWERS = Counter(
    "laksana_provider_answers",
    "Returns from the provider that vouches for people, by outcome",
    ["outcome"],
    registry=COUNTED,
)
STEP_SECONDS = Histogram(
    "laksana_step_seconds",
    "Seconds that one act took in the engine",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
    registry=COUNTED,
)
ProcessCollector(registry=COUNTED)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
READ = {
    "database_up": "Whether the database answered",
    "overdue_timers": "Timers whose time has come and that have not gone off",
    "open_incidents": "Incidents that nobody has solved",
    "pending_dispatches": "Messages and signals that were not delivered yet",
    "pending_deliveries": "E-mails and webhooks that have not arrived yet",
    "dead_deliveries": "E-mails and webhooks that were given up and wait for an administrator",
    "job_lag_seconds": "Seconds that the oldest background work has been due",
    "living_workers": "Processes that do background work and were seen in the last minute",
    "failed_jobs": "Rows of background work that failed for no foreseen reason, since their workers started",
}
"""What is read from the database when somebody asks, with its explanation."""


def render(values: Mapping[str, int]) -> bytes:
    """Return everything that was counted and these values of `READ`."""
    return generate_latest(COUNTED) + generate_latest(_Snapshot(values))


def serve(host: str, port: int) -> None:
    """Tell whoever asks at this address what was counted, beside whatever else this process does.

    Raises:
        OSError: the address is in use, or not one of this machine.

    """
    start_http_server(port, host, COUNTED)


class _Snapshot(CollectorRegistry):
    """Values of one moment."""

    def __init__(self, values: Mapping[str, int]) -> None:
        super().__init__()
        self._values = values

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._values.items():
            yield GaugeMetricFamily(f"laksana_{name}", READ[name], value)
