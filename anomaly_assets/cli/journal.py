"""A log of a command in a file: one line an event, with its moment, also of a command that fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import AnomalyAssetsError, ScoringError
from .console import errors

Note = Callable[[str, str], None]
"""Called with a kind of event and a sentence."""


@contextmanager
def journal(file: Path | None) -> Iterator[Note]:
    """Append what happens to a file; nothing without one. What ends the work early is written, and passed on.

    Raises
    ------
    ScoringError
        If the file can't be opened; nothing has happened then.
    """
    if file is None:
        yield lambda kind, sentence: None
        return
    note = _appending(file)
    try:
        yield note
    except AnomalyAssetsError as mistake:
        note("error", str(mistake))
        raise
    except BaseException as error:
        note("error", f"{type(error).__name__}: {error}")
        raise


def _appending(file: Path) -> Note:
    try:
        file.open("a").close()
    except OSError as error:
        raise ScoringError(
            f"the log file {file} can't be written", found=error.strerror, remedy="choose another --log-file"
        ) from error

    def note(kind: str, sentence: str) -> None:
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {kind.upper():<8}{' '.join(sentence.split())}\n"
        try:
            with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(line)
        except OSError as error:  # a full disk under the log is no reason to lose the scores
            errors().print(f"The log file can't be written: {error}", markup=False, soft_wrap=True)

    return note
