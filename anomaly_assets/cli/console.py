"""How every command looks: one calm table style, results on stdout, progress and notes on stderr.

What is shown is decided by the commands; nothing here knows a fleet.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

Tell = Callable[[str, int, int], None]
"""Called with what is done, how much of it, and how much there is; 0 where nobody knows."""

WIDE = 140
"""Columns of a table that is not shown on a terminal, such as one in a log."""

PROSE = 24
"""A longer cell is prose, which may be wrapped; anything shorter stays on its line."""

_ENDED = float("inf")
_EVERY = 10.0
"""Seconds between two lines about the same work where there is no terminal."""


def out() -> Console:
    """Give the console that results go to."""
    return _console(stderr=False)


def errors() -> Console:
    """Give the console that progress, notes and mistakes go to."""
    return _console(stderr=True)


def warn(sentences: Iterable[str]) -> None:
    """Tell what a person should know of and need not mend."""
    for sentence in sentences:
        errors().print(f"Warning: {sentence}.", markup=False, soft_wrap=True)


def _console(stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=max(WIDE, console.width))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> Table:
    """Make a table; a column whose cells are all numbers stands to the right.

    Parameters
    ----------
    columns : headings.
    rows : cells; None is shown as a dash.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        header_style="dim",
        pad_edge=False,
    )
    for place, heading in enumerate(columns):
        width = max((len(row[place]) for row in cells), default=0)
        right = bool(cells) and all(_is_number(row[place]) for row in cells)
        shown = heading.replace(" ", "\n") if len(heading) > width else heading
        made.add_column(shown, justify="right" if right else "left", overflow="fold", no_wrap=width <= PROSE)
    for row in cells:
        made.add_row(*row)
    return made


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Make a two-column list of names and values, without headings."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(name, _cell(value))
    return made


@contextmanager
def progress(counted: Mapping[str, str] = MappingProxyType({})) -> Iterator[Tell]:
    """Show how far long work has come: bars on a terminal, a line now and then elsewhere.

    Parameters
    ----------
    counted : work of which the rate and the time left are shown, too, with what is counted, such as ``rows``.
    """
    console = errors()
    if not console.is_terminal:
        yield _lines(console, counted)
        return
    shown: dict[str, TaskID] = {}
    columns = [TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, *_rate_columns(counted), console=console, transient=True) as bars:

        def tell(what: str, done: int, of: int) -> None:
            if what not in shown:
                shown[what] = bars.add_task(what, total=of or None)
            bars.update(shown[what], completed=done, total=of or None)

        yield tell


class _Rate(ProgressColumn):
    """Things done a second."""

    def __init__(self, counted: Mapping[str, str]) -> None:
        super().__init__()
        self._counted = counted

    def render(self, task: Task) -> Text:
        speed, counted = task.finished_speed or task.speed, self._counted.get(task.description)
        return Text("" if speed is None or counted is None else f"{speed:,.0f} {counted}/s")


def _rate_columns(counted: Mapping[str, str]) -> list[ProgressColumn]:
    return [_Rate(counted), TimeRemainingColumn()] if counted else []


@contextmanager
def kept_telling(tell: Tell, every: float = 1.0) -> Iterator[Tell]:
    """Tell again where the latest work stands while one step of it takes long, every so many seconds."""
    latest: list[tuple[str, int, int]] = []
    ended = threading.Event()

    def told(what: str, done: int, of: int) -> None:
        latest[:] = [(what, done, of)] if done < of else []
        tell(what, done, of)

    def again() -> None:
        while not ended.wait(every):
            for work in list(latest):
                tell(*work)

    thread = threading.Thread(target=again, name="progress", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        thread.join()


def _lines(console: Console, counted: Mapping[str, str]) -> Tell:
    """Tell an end once and everything before it now and then; work that is looked at again and done is no news."""
    told: dict[str, float] = {}
    begun: dict[str, float] = {}

    def tell(what: str, done: int, of: int) -> None:
        now, finished = time.monotonic(), 0 < of <= done
        seconds = now - begun.setdefault(what, now)
        if told.get(what) != _ENDED and (finished or now - told.setdefault(what, now) >= _EVERY):
            told[what] = _ENDED if finished else now
            line = _counted(counted[what], done, of, seconds) if what in counted else f"{done} of {of}"
            console.print(f"{what}: {line}", markup=False)

    return tell


def _counted(counted: str, done: int, of: int, seconds: float) -> str:
    """Tell how many are done, how fast, and how long the rest will take."""
    line = f"{done:,} of {of:,} {counted}" if of else f"{done:,} {counted}"
    if seconds <= 0 or done <= 0:
        return line
    left = round(seconds / done * (of - done)) if of > done else 0
    rest = f", {left // 60}:{left % 60:02d} left" if left else ""
    return f"{line}, {done / seconds:,.0f} {counted}/s{rest}"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("[", "\\[")


def _is_number(cell: str) -> bool:
    return cell == "-" or cell.replace(",", "").replace(".", "").replace("-", "").replace("%", "").isdigit()
