"""Threads that serve requests."""

from queue import Queue
from threading import Barrier, Lock, Thread

from service.cli.dispatching import Stack, threads

PATIENCE = 10.0


class Request:
    """What waitress gives to its threads."""

    def __init__(self, meeting: Barrier) -> None:
        self.meeting = meeting

    def service(self) -> None:
        """Be served only while another one is."""
        self.meeting.wait(PATIENCE)


def test_who_came_last_is_woken_first() -> None:
    """Threads that have slept longest go on sleeping."""
    lock = Lock()
    stack = Stack(lock)
    came, woken = Queue[str](), Queue[str]()

    def wait(name: str) -> None:
        with lock:
            came.put(name)
            stack.wait()
        woken.put(name)

    for name in "abcd":
        Thread(target=wait, args=(name,), daemon=True).start()
        came.get(timeout=PATIENCE)
    order = []
    for _ in range(3):
        with lock:
            stack.notify()
        order.append(woken.get(timeout=PATIENCE))
    with lock:
        stack.notify_all()
        stack.notify()
    assert [*order, woken.get(timeout=PATIENCE)] == ["d", "c", "b", "a"]


def test_requests_are_served_side_by_side_and_threads_end() -> None:
    """Two that need each other are both served; who is told to end ends."""
    dispatcher, meeting = threads(2), Barrier(3)
    for _ in range(2):
        dispatcher.add_task(Request(meeting))
    meeting.wait(PATIENCE)
    dispatcher.shutdown()
    assert not dispatcher.threads
