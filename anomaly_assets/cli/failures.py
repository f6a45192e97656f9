"""How a command ends: exit codes, sentences for a person's mistakes, a log for everything unexpected.

0 done, 1 a run failed (or alarms were found, where that is asked), 2 a mistake that the person can mend, 3 something
nobody expected.
"""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..config import platform
from ..errors import AnomalyAssetsError
from .console import errors

FAILED, MISTAKE, UNEXPECTED, INTERRUPTED = 1, 2, 3, 130
_SETTINGS = {"tracebacks": False}


def show_tracebacks(wanted: bool) -> None:
    """Show the traceback of an unexpected error instead of writing it to a log."""
    _SETTINGS["tracebacks"] = wanted


def exit_code(run: Callable[[], object]) -> int:
    """Run a command to its end and turn how it ended into an exit code."""
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        errors().print("Interrupted. What was written so far is whole; give the same command again to go on.")
        return INTERRUPTED
    except AnomalyAssetsError as mistake:
        tell(mistake)
        return MISTAKE
    except Exception as error:  # the last line of defence: a person gets a sentence, the traceback goes to a log
        _unexpected(error)
        return UNEXPECTED
    return 0


def tell(mistake: AnomalyAssetsError) -> None:
    """Print a mistake: what was wrong, and below it what was found, expected and what to do."""
    console = errors()
    console.print(f"{mistake.wrong.rstrip('.')}.", style="bold", markup=False, soft_wrap=True)
    facts = (("found", mistake.found), ("expected", mistake.expected), ("remedy", mistake.remedy))
    for name, fact in facts:
        if fact is not None:
            console.print(f"  {name:<10}{fact}", markup=False, soft_wrap=True)


def _unexpected(error: Exception) -> None:
    if _SETTINGS["tracebacks"]:
        traceback.print_exception(error)
        return
    console = errors()
    console.print(f"Something went wrong that should not have: {type(error).__name__}: {error}", markup=False)
    log = _logged(error)
    console.print(f"  traceback {log or 'could not be written; run again with --debug'}", markup=False)


def _logged(error: Exception) -> Path | None:
    try:
        folder = platform().home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"error_{datetime.now(UTC):%Y%m%dT%H%M%S}.txt"
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return None
    return log
