"""``anomaly-assets ui``: the Dagster UI of this installation, left running until it is told to stop."""

from typing import Annotated

import typer

from ..config import Platform, platform
from .console import errors, out

PORT = 3000

Port = Annotated[int, typer.Option(min=1, max=65_535, help="Port on 127.0.0.1; the next free one if it is taken.")]


def ui(
    port: Port = PORT,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the UI that this installation started.")] = False,
) -> None:
    """Start the Dagster UI and leave it running, or stop it."""
    from . import server

    if not stop:
        leave_running(platform(), port)
        return
    stopped = server.stop(platform())
    out().print(f"Stopped the Dagster UI at {stopped.url}." if stopped else "No UI of this installation is running.")


def leave_running(installation: Platform, port: int) -> None:
    """See to it that the UI runs, and say where it is and how it is stopped."""
    from . import server

    up = server.running(installation)
    if up is not None:
        server.reload(up)
    else:
        up = server.start(installation, _port(port))
    out().print(f"Dagster UI   {up.url}/asset-groups")
    out().print(f"log          {server.log_file(installation)}", soft_wrap=True)
    out().print(f"stop it      anomaly-assets {_home(installation)}ui --stop", soft_wrap=True)


def _port(wanted: int) -> int:
    from . import server

    port = server.free_port(wanted)
    if port != wanted:
        errors().print(f"Port {wanted} is taken by another program; the UI goes to {port}.")
    errors().print(f"Starting the Dagster UI on port {port} ...")
    return port


def _home(installation: Platform) -> str:
    """Give the option that names this installation, where it isn't what every command finds by itself."""
    import os

    return "" if os.environ.get("ANOMALY_HOME") in (None, "") else f"--home {installation.home} "
