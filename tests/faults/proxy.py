"""A line between two programs that breaks: after so many bytes both ends are cut off, in the midst of what was said."""

import selectors
import socket
import struct
from contextlib import suppress
from random import Random
from threading import Event, Thread

ROUND = 0.05
"""Seconds within which a silent line notices that it is taken down."""
HARD = struct.pack("ii", 1, 0)
"""Cut without a farewell: the other end gets a reset."""
CHUNK = 4096
ACTS = (b"POST /", b"COMMIT")
"""What changes something is cut off often: while it is said, or while it is answered."""
OFTEN = 0.4
ANSWER = 600


class Line:
    """A port that leads to another one, whole until told to break."""

    def __init__(self, target: int, rng: Random) -> None:
        self.target = target
        self.port = 0
        self._rng = rng
        self._breaks = Event()
        self._over = Event()
        self._longest = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(ROUND)
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def break_within(self, longest: int) -> None:
        """Cut every connection after at most so many bytes from now on."""
        self._longest = longest
        self._breaks.set()

    def mend(self) -> None:
        """Let connections live from now on."""
        self._breaks.clear()

    def take_down(self) -> None:
        """Lead nowhere any more."""
        self._over.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            with suppress(TimeoutError, OSError):
                client, _ = self._listener.accept()
                Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as far:
            other = {client: far, far: client}
            left = -1
            with selectors.DefaultSelector() as ready:
                for end in other:
                    ready.register(end, selectors.EVENT_READ)
                while not self._over.is_set():
                    if left < 0 and self._breaks.is_set():
                        left = self._rng.randrange(self._longest)
                    for key, _ in ready.select(ROUND):
                        one = key.fileobj
                        assert isinstance(one, socket.socket)
                        said = one.recv(CHUNK)
                        if not said:
                            return
                        if self._breaks.is_set() and any(word in said for word in ACTS) and self._rng.random() < OFTEN:
                            left = self._rng.randrange(len(said) + ANSWER)
                        if self._breaks.is_set() and 0 <= left <= len(said):
                            other[one].sendall(said[:left])
                            self._cut(*other)
                            return
                        left -= len(said) if left >= 0 else 0
                        other[one].sendall(said)

    @staticmethod
    def _cut(*ends: socket.socket) -> None:
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HARD)
