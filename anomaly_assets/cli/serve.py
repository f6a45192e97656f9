"""``anomaly-assets serve``: the champion of a fleet behind HTTP, until it is told to stop."""

import json
import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..config import ServingConfig, load_serving, platform
from .console import errors

if TYPE_CHECKING:
    from socket import socket

    from ..pipelines import Site
    from ..pipelines.live import Live

LOCAL = ("127.0.0.1", "::1", "localhost")

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on; API_HOST, else the file's, else 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port; API_PORT, else the file's, else 8000.")]
Engine = Annotated[
    Literal["auto", "onnx", "bundle"] | None,
    typer.Option(help="auto: the champion's release package if there is one; onnx: only that; or bundle."),
]
Example = Annotated[
    bool, typer.Option("--example", help="Print the body of a request that the champion answers, and end.")
]


def serve(fleet: Fleet, host: Host = None, port: Port = None, engine: Engine = None, example: Example = False) -> None:
    """Answer over HTTP what a fleet's champion says of windows; follows promotions, needs no restart.

    POST /detect and /detect/batch, GET /incidents, /models, /health, /ready, /metrics; GET /docs shows all of it. One
    process serves a fleet: requests that come together are scored together. Limits stand in configs/serving.yaml, API
    keys in ANOMALY_API_KEYS. Ctrl-C or SIGTERM finishes what is under way.

    Exit codes: 0 told to stop, 2 a mistake to mend, 3 unexpected.

    Examples:

      anomaly-assets serve turbofan

      anomaly-assets serve turbofan --example > body.json

      curl -s localhost:8000/detect -H 'Content-Type: application/json' -d @body.json
    """
    from ..pipelines import Site

    site = Site(platform())
    config = _config({"host": host, "port": port, "engine": engine})
    if example:
        from ..serving.examples import example_of

        typer.echo(json.dumps(example_of(site, _live(site, fleet, config))))
        return
    from ..serving import serve as answer

    answer(site, fleet, config, _announce(fleet, config))


def _config(given: dict[str, Any]) -> ServingConfig:
    written = load_serving(platform().configs).model_dump()
    return ServingConfig.model_validate(written | {key: value for key, value in given.items() if value is not None})


def _live(site: "Site", fleet: str, config: ServingConfig) -> "Live":
    from ..pipelines.live import open_live

    site.fleet(fleet)
    return open_live(site, fleet, engine=config.engine)


def _announce(fleet: str, config: ServingConfig) -> "socket":
    """Open the socket, and say where the service is found and who may ask."""
    from ..serving import listen
    from ..serving.callers import VARIABLE, keys_of

    opened = listen(config)
    address, port = opened.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    errors().print(f"Serving {fleet} on http://{shown}:{port}, told at /docs. Ctrl-C stops it.", soft_wrap=True)
    if config.host not in LOCAL and not keys_of(os.environ):
        errors().print(f"Anybody who reaches this address may ask; keys in {VARIABLE} change that.", soft_wrap=True)
    return opened
