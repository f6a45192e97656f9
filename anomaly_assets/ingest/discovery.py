"""Raw formats are files of this folder: the file's name is what YAML calls ``source.format``.

A reader is a module with ``class Options(Model)`` and ``read(path, name, fleet) -> Recording``. It may also have
``SUFFIXES`` (which matched files are recordings, by their suffix, packed with gzip or not) or, where that doesn't tell,
``takes(name, fleet) -> bool``; ``companions(path) -> tuple[Path, ...]`` (files whose content a recording depends on);
``beside(fleet, names) -> tuple[str, ...]`` (what belongs to the source without being matched, given the files that
are); and ``check(fleet)``, which raises a ConfigError for what `Options` alone can't see.

A reader of high-rate signals says ``WAVEFORMS = True`` and is called as ``read(path, name, fleet, condense)``, see
condensing.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path, PurePosixPath
from pkgutil import iter_modules
from typing import Any

from pydantic import ValidationError

from ..config import FleetConfig, Model
from ..errors import ConfigError
from .condensing import Condense
from .recording import Recording

_PACKAGE = __name__.rpartition(".")[0]


@dataclass(frozen=True)
class Reader:
    """One raw format.

    Attributes
    ----------
    name : the format.
    options : the model that ``source.options`` must fit.
    read : parses one file; high-rate signals need to be told how they are condensed.
    waveforms : whether it reads high-rate signals.
    takes, companions, beside, check : see the module.
    """

    name: str
    options: type[Model]
    read: Callable[[Path, str, FleetConfig, Condense | None], Recording]
    waveforms: bool
    takes: Callable[[str, FleetConfig], bool]
    companions: Callable[[Path], tuple[Path, ...]]
    beside: Callable[[FleetConfig, Sequence[str]], tuple[str, ...]]
    check: Callable[[FleetConfig], None]


def formats() -> tuple[str, ...]:
    """Name every raw format there is a reader for."""
    folder = import_module(_PACKAGE).__path__
    names = sorted(module.name for module in iter_modules(folder) if not module.ispkg)
    return tuple(name for name in names if _is_reader(import_module(f"{_PACKAGE}.{name}")))


def reader(name: str) -> Reader:
    """Find the reader of a format.

    Raises
    ------
    ConfigError
        If there is none; near names are told.
    """
    known = formats()
    if name not in known:
        close = get_close_matches(name, known, n=1)
        raise ConfigError(
            f"there is no raw format {name!r}",
            expected=", ".join(known),
            remedy=f"did you mean {close[0]!r}?" if close else "set source.format to one of these",
        )
    module = import_module(f"{_PACKAGE}.{name}")
    waveforms = getattr(module, "WAVEFORMS", False)
    return Reader(
        name=name,
        options=module.Options,
        read=module.read if waveforms else _without_condense(module.read),
        waveforms=waveforms,
        takes=getattr(module, "takes", None) or _takes_suffixes(getattr(module, "SUFFIXES", ())),
        companions=getattr(module, "companions", _no_paths),
        beside=getattr(module, "beside", _no_names),
        check=getattr(module, "check", _nothing_more),
    )


def check_source(fleet: FleetConfig) -> None:
    """Check what a fleet says about its raw files, as far as it can be known without the files.

    Raises
    ------
    ConfigError
        If the format is unknown, an option isn't understood by it, the unit's rule is incomplete, or something is said
        of waveforms that the format doesn't hold.
    """
    found = reader(fleet.source.format)
    try:
        found.options(**fleet.source.options)
    except (ValidationError, TypeError) as error:
        raise ConfigError(
            f"{fleet.fleet}: source.options don't fit the format {found.name}",
            found="; ".join(_faults(error)),
            expected=", ".join(found.options.model_fields) or "no options at all",
            remedy="mend source.options in the fleet's YAML",
        ) from error
    if fleet.source.unit.by == "column" and fleet.source.unit.column is None:
        raise ConfigError(
            f"{fleet.fleet}: source.unit.by is column, but no column is named", remedy="set source.unit.column"
        )
    if fleet.waveforms is not None and not found.waveforms:
        raise ConfigError(
            f"{fleet.fleet}: the format {found.name} holds no high-rate signals",
            found="waveforms",
            remedy="leave waveforms out, or set source.format to the one that holds them",
        )
    found.check(fleet)


def _faults(error: Exception) -> list[str]:
    if not isinstance(error, ValidationError):
        return [str(error)]
    return [
        f"{'.'.join(map(str, item['loc'])) or 'options'}: {item['msg']}" for item in error.errors(include_url=False)
    ]


def _is_reader(module: Any) -> bool:
    return hasattr(module, "Options") and getattr(getattr(module, "read", None), "__module__", "") == module.__name__


def _takes_suffixes(suffixes: tuple[str, ...]) -> Callable[[str, FleetConfig], bool]:
    """Make a rule that takes files by suffix; all of them where none is named."""

    def takes(name: str, fleet: FleetConfig) -> bool:
        return not suffixes or PurePosixPath(name.removesuffix(".gz")).suffix in suffixes

    return takes


def _no_paths(path: Path) -> tuple[Path, ...]:
    return ()


def _no_names(fleet: FleetConfig, names: Sequence[str]) -> tuple[str, ...]:
    return ()


def _nothing_more(fleet: FleetConfig) -> None:
    """Have nothing to say about a fleet."""


def _without_condense(
    read: Callable[[Path, str, FleetConfig], Recording],
) -> Callable[[Path, str, FleetConfig, Condense | None], Recording]:
    """Call a reader of formats without high-rate signals like the others."""
    return lambda path, name, fleet, condense: read(path, name, fleet)
