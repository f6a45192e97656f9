"""``anomaly-assets init``: from a folder of a person's own files to a fleet file, and what was guessed on the way."""

from pathlib import Path
from typing import Annotated

import typer

from ..config import platform
from .console import facts, out, progress

Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="What to call it: lower-case letters, digits and _.")]
Folder = Annotated[Path, typer.Option("--from", metavar="FILES", help="Folder of CSV or Parquet files.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a fleet file that is there already.")]


def init(fleet: Fleet, files: Folder, force: Force = False) -> None:
    """Look at a folder of CSV or Parquet files and write the fleet file that describes it."""
    from ..pipelines import onboard

    with progress() as tell:
        made = onboard(platform(), fleet, files, force=force, progress=tell)
    console = out()
    console.print(f"[bold]Looked at[/bold] {files}", soft_wrap=True)
    console.print(facts(made.seen))
    console.print("\n[bold]Guessed[/bold] (say otherwise in the file)")
    for guess in made.guesses:
        console.print(f"  - {guess}", markup=False, soft_wrap=True)
    console.print(f"\n[bold]Written[/bold]  {made.path}", soft_wrap=True)
    console.print("[bold]Next[/bold]")
    console.print(f"  anomaly-assets check {fleet}      is the file good after you have changed it?")
    console.print(f"  anomaly-assets backfill {fleet}   read, clean, train, score every recorded day")
    console.print(f"  anomaly-assets status {fleet}     champion, alarms, drift")
