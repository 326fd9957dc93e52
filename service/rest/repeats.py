"""Requests that a program sends again because their answer got lost: done once, answered each time."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import request

from service.errors import EngineFailed, Refused
from service.once import Once
from service.queries import receipts
from service.web import auth
from service.web.repeats import HEADER

Done = TypeVar("Done")
Told = TypeVar("Told")


def once(act: Callable[[Once | None], Done], answer: Callable[[Done | UUID], Told]) -> Told:
    """Do what is asked for and answer by what it came to, or by its case where the same request was carried out before.

    Raises:
        KeyReused: something else was carried out under its key.

    """
    key = request.headers.get(HEADER)
    asked = Once.of(auth.actor().person_id, key, request.path, request.get_data()) if key else None
    try:
        done: Done | UUID = act(asked)
    except EngineFailed:  # carried out just now: its incident has the receipt
        raise
    except Refused:
        kept = receipts.case_of(auth.actor(), asked) if asked else None
        if kept is None:
            raise
        done = kept
    return answer(done)
