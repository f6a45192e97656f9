"""How every command looks: one calm table style, results on stdout, progress and notes on stderr.

What is shown is decided by the commands; nothing here knows a fleet.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

Tell = Callable[[str, int, int], None]
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
def progress() -> Iterator[Tell]:
    """Show how far long work has come: bars on a terminal, a line now and then elsewhere."""
    console = errors()
    if not console.is_terminal:
        yield _lines(console)
        return
    shown: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:

        def tell(what: str, done: int, of: int) -> None:
            if what not in shown:
                shown[what] = bars.add_task(what, total=of)
            bars.update(shown[what], completed=done, total=of)

        yield tell


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


def _lines(console: Console) -> Tell:
    """Tell an end once and everything before it now and then; work that is looked at again and done is no news."""
    told: dict[str, float] = {}

    def tell(what: str, done: int, of: int) -> None:
        now, finished = time.monotonic(), done >= of
        if told.get(what) != _ENDED and (finished or now - told.setdefault(what, now) >= _EVERY):
            told[what] = _ENDED if finished else now
            console.print(f"{what}: {done} of {of}", markup=False)

    return tell


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
