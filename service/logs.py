"""Logs: one line of JSON per event on stderr, or a readable one on a terminal.

What people type never gets here: of an exception only its class and its places are told, never its sentence.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

from service.errors import Refused

ROOT = Path(__file__).parent.parent
OWN = ("laksana", "service")
"""Libraries are heard when they warn; the engine would tell of every token."""


def configure(stream: TextIO) -> None:
    """Send everything that is logged in this process, by whatever library, to a stream."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_keep_words_out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_COMMON,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _tell_failure,
                structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for own in OWN:
        logging.getLogger(own).setLevel(logging.INFO)


def begin(**facts: object) -> None:
    """Let every line from here on in this thread tell these facts, and forget those of before."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**facts)


def about(**facts: object) -> AbstractContextManager[None]:
    """Let the lines of a block tell these facts too."""
    return structlog.contextvars.bound_contextvars(**facts)


def tell(event: str, **facts: object) -> None:
    """Write one line."""
    structlog.get_logger("laksana").info(event, **facts)


def _keep_words_out(record: logging.LogRecord) -> bool:
    """Name an exception among the arguments of a line instead of quoting it: its sentence may quote what was typed."""
    if isinstance(record.args, tuple):
        record.args = tuple(_named(argument) for argument in record.args)
    elif isinstance(record.args, Mapping):
        record.args = {key: _named(argument) for key, argument in record.args.items()}
    return True


def _named(argument: object) -> object:
    if isinstance(argument, Refused):
        return argument.code
    return type(argument).__name__ if isinstance(argument, BaseException) else argument


def _tell_failure(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Tell of an exception and its causes the classes and the places."""
    given = event.pop("exc_info", None)
    failure = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(failure, BaseException):
        event["failure"] = list(_classes(failure))
        event["trace"] = list(_places(failure.__traceback__))
    return event


def _classes(failure: BaseException | None) -> Iterator[str]:
    told: list[BaseException] = []  # a driver that raises one failure again may make a ring of them
    while failure is not None and failure not in told:
        yield type(failure).__name__
        told.append(failure)
        failure = failure.__cause__ or failure.__context__


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(trace):
        yield f"{_short(Path(frame.f_code.co_filename))}:{line} {frame.f_code.co_name}"


def _short(file: Path) -> str:
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else f"{file.parent.name}/{file.name}"


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_COMMON,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
