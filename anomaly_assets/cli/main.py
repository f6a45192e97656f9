"""The command ``anomaly-assets``: which commands there are, and the options that all of them share.

What a command does is in its own file; how its mistakes are told is in failures.py.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from . import failures
from .backfill import backfill
from .benchmark import benchmark
from .calibration import calibration
from .check import check
from .demo import demo
from .drift_replay import drift_replay
from .events import app as events
from .export import export
from .forecast import forecast
from .incidents import app as incidents
from .init import init
from .listen import listen
from .models import app as models
from .monitor import monitor
from .replay import replay
from .score import score
from .serve import serve
from .severity import severity
from .simulate import simulate
from .status import status
from .train import train
from .ui import ui
from .verify import verify

app = typer.Typer(
    name="anomaly-assets",
    help="Watch industrial sensors: raw files in, scored days, alarms and drift out.",
    epilog="Start with: anomaly-assets demo, or with files of your own: anomaly-assets init FLEET --from FOLDER",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

START, RUN, LOOK = "Start", "Run", "Look"
app.command("demo", rich_help_panel=START)(demo)
app.command("init", rich_help_panel=START)(init)
app.command("check", rich_help_panel=START)(check)
app.command("simulate", rich_help_panel=START)(simulate)
app.command("backfill", rich_help_panel=RUN)(backfill)
app.command("train", rich_help_panel=RUN)(train)
app.command("score", rich_help_panel=RUN)(score)
app.command("forecast", rich_help_panel=RUN)(forecast)
models.command("calibration")(calibration)
app.add_typer(models, name="models", rich_help_panel=RUN)
app.command("export", rich_help_panel=RUN)(export)
app.command("listen", rich_help_panel=RUN)(listen)
app.command("replay", rich_help_panel=RUN)(replay)
app.command("verify", rich_help_panel=LOOK)(verify)
app.command("severity", rich_help_panel=LOOK)(severity)
app.command("monitor", rich_help_panel=LOOK)(monitor)
app.command("benchmark", rich_help_panel=LOOK)(benchmark)
app.command("drift-replay", rich_help_panel=LOOK)(drift_replay)
app.add_typer(incidents, name="incidents", rich_help_panel=LOOK)
app.add_typer(events, name="events", rich_help_panel=LOOK)
app.command("status", rich_help_panel=LOOK)(status)
app.command("ui", rich_help_panel=LOOK)(ui)
app.command("serve", rich_help_panel=RUN)(serve)


@app.callback()
def installation(
    home: Annotated[Path | None, typer.Option(help="Where everything is kept; ANOMALY_HOME, else data.")] = None,
    configs: Annotated[Path | None, typer.Option(help="Where fleets are; ANOMALY_CONFIGS, else configs.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
) -> None:
    """Note where this installation keeps its things, for this command and everything it starts."""
    for name, folder in (("ANOMALY_HOME", home), ("ANOMALY_CONFIGS", configs)):
        if folder is not None:
            os.environ[name] = str(folder.expanduser().resolve())
    failures.show_tracebacks(debug)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code: 0 done, 1 a run failed (or alarms), 2 a mistake to mend, 3 unexpected."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return failures.exit_code(lambda: app(given, prog_name="anomaly-assets"))
