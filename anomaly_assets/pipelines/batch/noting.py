"""What a person should know about a batch, as sentences in its facts: of its columns, and at the end of its rows."""

from collections.abc import Sequence

from .aligning import Alignment
from .request import Facts, Request
from .room import too_little_room
from .voices import Voice

SHOWN = 5
"""So many of many are named in a sentence."""


def some(names: Sequence[str]) -> str:
    """Name some of many."""
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def note_columns(facts: Facts, alignment: Alignment, voices: Sequence[Voice], request: Request) -> None:
    """Note what columns are used for, and what follows for the scores."""
    facts.features, facts.dropped = alignment.needs.features, alignment.dropped
    facts.kept = tuple(name for name, _ in alignment.kept.values())
    if facts.dropped:
        facts.warn(f"columns that are no features of the model were dropped: {some(facts.dropped)} (--keep keeps them)")
    for name, (new, _) in alignment.kept.items():
        if name != new:
            facts.warn(f"column {name!r} is called {new!r} in the output, which has a {name!r} of its own")
    scaled = [voice.opened.name for voice in voices if voice.bundle.scaler.units]
    if scaled and alignment.unit is None:
        facts.warn(
            f"no column says which unit a row is of (--unit-column names one); {scaled[0]} has scales per unit and "
            "takes the fleet's"
        )
    if said := too_little_room(request.batch_size, len(facts.features) + len(facts.kept)):
        facts.warn(said)


def note_rows(facts: Facts, alignment: Alignment | None, voices: Sequence[Voice], untimed: int) -> None:
    """Note what is only known once every row was scored.

    Parameters
    ----------
    untimed : scored rows without a time that can be read.
    """
    if alignment is None:
        return
    if alignment.time is not None and untimed:
        facts.warn(f"{untimed:,} rows have no time that can be read; they were scored all the same")
    if facts.skipped:
        reasons = "; ".join(f"{count:,} because {reason}" for reason, count in facts.skipped.items())
        facts.warn(f"{facts.skipped.total():,} rows were left out: {reasons}")
    if facts.imputed:
        facts.warn(f"{facts.imputed:,} cells without a finite number were taken as missing, which is neutral")
    for voice in voices:
        if alignment.unit is not None and voice.strangers:
            facts.warn(
                f"{voice.opened.name} has not learnt from {len(voice.strangers):,} of the units "
                f"({some(sorted(voice.strangers))}) and takes the fleet's scales for them"
            )
        if voice.in_training:
            facts.warn(f"{voice.in_training:,} rows lie in the training window of {voice.opened.name}")
