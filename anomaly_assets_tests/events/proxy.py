"""A road to a server that a test can close, open again, and let fall silent; the server itself is left in peace."""

import socket
import threading
from contextlib import suppress


class Proxy:
    """Forwards bytes from a port of its own on loopback to a server, as long as the road is open."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock, self._open = threading.Lock(), set[socket.socket]()
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])

    def shut(self) -> None:
        """Refuse who comes and cut off who is connected."""
        with self._lock:
            for one in (self._listener, *self._open):
                _end(one)
            self._open.clear()

    def reopen(self) -> None:
        """Let everybody through again, at the same port."""
        self._listener = self._listen(self.port)

    def fall_silent(self) -> None:
        """Accept everything and forward nothing."""
        self._flowing.clear()

    def speak_again(self) -> None:
        """Forward what was held back and what comes."""
        self._flowing.set()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self.server)
                with self._lock:
                    self._open |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while read := source.recv(65536):
                self._flowing.wait()
                target.sendall(read)
        _end(source)
        _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
