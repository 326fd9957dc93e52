"""The offices of the fault tests, set up once for all of them."""

from collections.abc import Iterator

import pytest

from tests.faults.office import Fresh
from tests.faults.servers import server


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """Set the demonstration offices up on SQLite, and on a PostgreSQL that waits for the disk."""
    with server() as running:
        yield Fresh.prepared(tmp_path_factory.mktemp("fresh"), running)
