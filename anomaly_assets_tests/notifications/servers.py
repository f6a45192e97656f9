"""Real servers on loopback that take notifications or do not, of HTTP and of mail, each answering as it is told."""

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG = 0
"""An answer that never comes."""


@dataclass
class Taken:
    """What a server was asked, and how it answers: the first answers in turn, the last one for ever.

    Attributes
    ----------
    answers : status codes, or HANG.
    asked : number of requests or connections.
    messages : those that it took.
    headers : of the HTTP requests.
    logins : as SMTP sends them, and whether the connection was encrypted.
    """

    answers: list[int] = field(default_factory=lambda: [200])
    asked: int = 0
    messages: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    logins: list[tuple[str, bool]] = field(default_factory=list)
    port: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=hush"

    def answer(self) -> int:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@contextmanager
def http_server(*answers: int) -> Iterator[Taken]:
    """Serve HTTP; 2xx takes a message."""
    taken = Taken(list(answers or [200]))

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            code = taken.answer()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if code == HANG:
                taken.closed.wait(30)
                return
            taken.headers.append(dict(self.headers))
            if code < 300:
                taken.messages.append(json.loads(body))
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", f"http://127.0.0.1:{taken.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            raise AssertionError("a POST became a GET")

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    server.daemon_threads = True
    taken.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        taken.closed.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def mail_server(
    *answers: int, refused: tuple[str, ...] = (), encrypted: ssl.SSLContext | None = None
) -> Iterator[Taken]:
    """Serve SMTP; each answer is to the end of one message, 250 takes it.

    Parameters
    ----------
    refused : recipients that are refused for good.
    encrypted : how a connection is encrypted once it is asked to be; never when not given.
    """
    taken = Taken(list(answers or [250]))
    loop = asyncio.new_event_loop()
    sink = _Sink(taken, refused, encrypted)
    server = loop.run_until_complete(asyncio.start_server(sink.talk, "127.0.0.1", 0))
    taken.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass
class _Sink:
    taken: Taken
    refused: tuple[str, ...]
    encrypted: ssl.SSLContext | None

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        code = self.taken.answer()
        if code == HANG:
            await asyncio.sleep(30)
        writer.write(b"220 sink\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            if word == "QUIT":
                break
            if word == "STARTTLS" and self.encrypted:
                writer.write(b"220 go on\r\n")
                await writer.start_tls(self.encrypted)
            elif word == "EHLO":
                writer.write(b"250-sink\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n" if self.encrypted else b"250 sink\r\n")
            elif word == "AUTH":
                self.taken.logins.append((line, writer.get_extra_info("ssl_object") is not None))
                writer.write(b"235 welcome\r\n")
            elif word == "DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                if code == 250:
                    self.taken.messages.append(message_from_bytes(content[:-5], EmailMessage, policy=policy.default))
                writer.write(f"{code} so be it\r\n".encode())
            elif word == "RCPT" and any(address in line for address in self.refused):
                writer.write(b"550 nobody here\r\n")
            else:
                writer.write(b"250 fine\r\n")
        writer.close()
