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
"""What changes something is cut off often: while it is said, or when it is done and the answer has begun to come."""
OFTEN = 0.4
ANSWER = 600


class Talk:
    """What two programs say to each other over a line."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left = -1
        self._has_acted = False

    def lets_through(self, said: bytes, longest: int, *, is_answer: bool) -> int:
        """Return how many bytes are heard; if not all, the line breaks: within so many bytes, if at all."""
        acts = not is_answer and any(word in said for word in ACTS)
        is_done, self._has_acted = is_answer and self._has_acted, acts or (self._has_acted and not is_answer)
        if not longest:
            self._left = -1
            return len(said)
        if (acts or is_done) and self._rng.random() < OFTEN:
            self._left = 0 if is_done else self._rng.randrange(len(said) + ANSWER)
        elif self._left < 0:
            self._left = self._rng.randrange(longest)
        heard = min(self._left, len(said))
        self._left -= heard
        return heard


class Line:
    """A port that leads to another one, whole until told to break."""

    def __init__(self, target: int, rng: Random) -> None:
        self.target = target
        self.port = 0
        self._rng = rng
        self._over = Event()
        self._longest = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(ROUND)
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def break_within(self, longest: int) -> None:
        """Cut every connection after at most so many bytes from now on."""
        self._longest = longest

    def mend(self) -> None:
        """Let connections live from now on."""
        self._longest = 0

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
            other, talk = {client: far, far: client}, Talk(self._rng)
            with selectors.DefaultSelector() as ready:
                for end in other:
                    ready.register(end, selectors.EVENT_READ)
                while not self._over.is_set():
                    for key, _ in ready.select(ROUND):
                        one = key.fileobj
                        assert isinstance(one, socket.socket)
                        said = one.recv(CHUNK)
                        if not said:
                            return
                        heard = talk.lets_through(said, self._longest, is_answer=one is far)
                        other[one].sendall(said[:heard])
                        if heard < len(said):
                            self._cut(*other)
                            return

    @staticmethod
    def _cut(*ends: socket.socket) -> None:
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HARD)
