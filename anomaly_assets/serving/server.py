"""The web server around the application: its socket, its signals, and an end that finishes what is under way."""

import gc
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from ..config import ServingConfig
from ..errors import ConfigError
from ..pipelines import Site
from .app import make_app
from .callers import keys_of
from .gate import Gate
from .logs import log_to
from .service import Service

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def listen(config: ServingConfig) -> socket.socket:
    """Open the socket that the service will answer on.

    Raises
    ------
    ConfigError
        If nobody can listen there.
    """
    try:
        family = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((config.host, config.port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"nobody can listen on {config.host}:{config.port}",
            found=error.strerror or str(error),
            remedy="choose another with --host and --port, or stop who listens there",
        ) from error


def serve(site: Site, fleet: str, config: ServingConfig, taken: socket.socket | None = None) -> None:
    """Serve a fleet until SIGINT or SIGTERM, then finish what is under way and come back.

    Parameters
    ----------
    taken : socket to answer on; one is opened when not given.

    Raises
    ------
    ConfigError
        If there is no such fleet, or nobody can listen there.
    """
    service = Service(site, site.fleet(fleet), config)
    listening = taken or listen(config)
    log_to(config.log_level)
    with _told_to_stop(), listening:
        app = make_app(service, keys_of(os.environ), lambda: _spare_the_collector(config.objects))
        web_server(app, config).run(sockets=[listening])


def web_server(app: Gate, config: ServingConfig) -> uvicorn.Server:
    """Give the web server of an application, not started yet; told to stop, it finishes what is under way."""
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=round(config.keep_alive.total_seconds()),
        timeout_graceful_shutdown=round(config.stop_within.total_seconds()),
    )
    return uvicorn.Server(settings)


def _spare_the_collector(objects: int) -> None:
    """Leave what is loaded out of Python's search for garbage, and search less often.

    A body is read as many small lists. With Python's defaults a search would begin every few requests, and now and then
    go through all that the libraries have made: it would cost as much as all the rest of answering.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(objects, *gc.get_threshold()[1:])


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Let a signal end the service alone; the web server raises it again, for others, once it has stopped."""

    def ignored(_: int, __: FrameType | None) -> None:
        return None

    before = {number: signal.signal(number, ignored) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
