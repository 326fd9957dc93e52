"""The first requests of a process come at the same moment: what is built for all of them is built by one."""

from threading import Barrier, BrokenBarrierError, Thread

import pytest
from lxml import etree

from service.engine.diagram import reading

LONG_ENOUGH = 0.2
"""Seconds in which a second builder would have come in."""


def test_no_two_threads_build_the_schema_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    together, met = Barrier(2), list[bool]()

    class Schema:
        def __init__(self, _document: object) -> None:
            try:
                together.wait(LONG_ENOUGH)
                met.append(True)
            except BrokenBarrierError:
                met.append(False)

    monkeypatch.setattr(etree, "XMLSchema", Schema)
    reading.bpmn_schema.cache_clear()
    builders = [Thread(target=reading.bpmn_schema) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    reading.bpmn_schema.cache_clear()

    assert met
    assert not any(met)
