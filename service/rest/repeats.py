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

Told = TypeVar("Told")


def once(act: Callable[[Once | None], UUID], answer: Callable[[UUID], Told]) -> Told:
    """Do what is asked for and answer by its case, also where the same request was carried out on it before.

    Raises:
        KeyReused: something else was carried out under its key.

    """
    key = request.headers.get(HEADER)
    asked = Once.of(auth.actor().person_id, key, request.path, request.get_data()) if key else None
    try:
        case = act(asked)
    except EngineFailed:  # carried out just now: its incident has the receipt
        raise
    except Refused:
        done = receipts.case_of(auth.actor(), asked) if asked else None
        if done is None:
            raise
        case = done
    return answer(case)
