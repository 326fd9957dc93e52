"""Threads that serve requests: who served last serves next, while what it needs is still close to its processor.

Waitress wakes them in turn, and a short request then costs a fifth more.
"""

from threading import Lock

from waitress.task import ThreadedTaskDispatcher


class Stack:
    """Where idle threads wait; used, as a condition is, by who holds the lock."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._bells: list[Lock] = []

    def wait(self) -> None:
        """Let go of the lock until woken."""
        bell = Lock()
        bell.acquire()
        self._bells.append(bell)
        self._lock.release()
        try:
            bell.acquire()
        finally:
            self._lock.acquire()

    def notify(self) -> None:
        """Wake who came last, if anybody waits."""
        if self._bells:
            self._bells.pop().release()

    def notify_all(self) -> None:
        """Wake everybody."""
        while self._bells:
            self.notify()


def threads(count: int) -> ThreadedTaskDispatcher:
    """Start so many threads for a server."""
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.queue_cv = Stack(dispatcher.lock)
    dispatcher.set_thread_count(count)
    return dispatcher
