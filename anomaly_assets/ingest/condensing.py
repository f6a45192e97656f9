"""High-rate signals of one file on their way to readings; what is told of a window of samples is computed elsewhere.

A reader cuts its signals into snapshots; each becomes one row. How a window of samples becomes numbers is handed in as
a `Condense`, because rooms on this floor are strangers to each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..config import FleetConfig, WaveformConfig
from ..errors import ConfigError, FeatureError, IngestError
from .delimited import ROW
from .table import present

BROKEN = "__broken"


class Condense(Protocol):
    """Compute condition indicators of windows of samples.

    ``waves`` holds (n_windows, window) per channel, ``slow`` (n_windows,) per slow channel; gives (n_windows,) float64
    for each of ``columns``, called ``<channel>_<indicator>``, NaN where there is no value.
    """

    def __call__(  # noqa: D102
        self,
        waves: Mapping[str, NDArray[Any]],
        config: WaveformConfig,
        columns: Sequence[str],
        *,
        slow: Mapping[str, NDArray[Any]] | None = None,
    ) -> dict[str, NDArray[np.float64]]: ...


@dataclass(frozen=True)
class Signals:
    """The channels of one file, cut into snapshots.

    Attributes
    ----------
    waves : channel to (n_snapshots, n_samples), float; a row longer than a window is told by the mean over its windows.
    slow : channel to (n_snapshots,), such as the shaft's speed.
    """

    waves: Mapping[str, NDArray[Any]]
    slow: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def chosen(self, fleet: FleetConfig, name: str, *, some: bool) -> dict[str, str]:
        """Choose the sensors that the file has, each with its column; see `present`.

        Raises
        ------
        IngestError
            If a channel is missing that must be there.
        """
        sensors = {sensor: config.column or sensor for sensor, config in fleet.sensors.items()}
        known = [column for column in sensors.values() if column in self.slow or self._has(column)]
        return present(sensors, (*known, *(f"{channel}_*" for channel in self.waves), *self.slow), name, some)

    def rows(
        self, fleet: FleetConfig, config: WaveformConfig, name: str, condense: Condense | None, *, some: bool = False
    ) -> pl.DataFrame:
        """Condense every snapshot.

        Parameters
        ----------
        some : whether sensors whose channel isn't there are empty; otherwise they are an error.

        Returns
        -------
        (n_snapshots,) a Float64 column per sensor, null where it has no value, and ``__broken``, the number of samples
        that are no numbers.

        Raises
        ------
        IngestError
            If a sensor is missing, a snapshot is shorter than a window, or a column names no known indicator.
        """
        chosen = self.chosen(fleet, name, some=some)
        wanted = tuple(dict.fromkeys(column for column in chosen.values() if column not in self.slow))
        told = {**self.slow, **self._condensed(config, wanted, name, condense)}
        numbers = {sensor: np.asarray(told[column], dtype=np.float64) for sensor, column in chosen.items()}
        absent = [pl.lit(None, pl.Float64).alias(sensor) for sensor in fleet.sensors if sensor not in chosen]
        finite = pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64))
        return pl.DataFrame(numbers | {BROKEN: self._broken()}).with_columns(finite).with_columns(absent)

    def _has(self, column: str) -> bool:
        return any(column.startswith(f"{channel}_") for channel in self.waves)

    def _condensed(
        self, config: WaveformConfig, wanted: tuple[str, ...], name: str, condense: Condense | None
    ) -> dict[str, NDArray[np.float64]]:
        shortest = min(wave.shape[1] for wave in self.waves.values())
        if shortest < config.window:
            raise IngestError(
                f"{name} holds no whole window", found=f"{shortest} samples", expected=f"{config.window} or more"
            )
        if condense is None:
            raise IngestError(f"{name} holds high-rate signals, and nobody said how they are condensed")
        hop = config.hop or config.window
        cut = {channel: windows(wave, config.window, hop) for channel, wave in self.waves.items()}
        count, per, _ = next(iter(cut.values())).shape
        try:
            found = condense(
                {channel: frames.reshape(count * per, -1) for channel, frames in cut.items()},
                config,
                wanted,
                slow={channel: np.repeat(values, per) for channel, values in self.slow.items()},
            )
        except FeatureError as error:
            raise IngestError(f"the signals of {name} can't be condensed", found=str(error)) from error
        return {column: _mean(values.reshape(count, per)) for column, values in found.items()}

    def _broken(self) -> NDArray[np.int64]:
        lost = [(~np.isfinite(wave)).sum(axis=1) for wave in self.waves.values()]
        return np.sum(lost, axis=0, dtype=np.int64)


def stated(fleet: FleetConfig) -> WaveformConfig:
    """Give what the fleet says of its waveforms.

    Raises
    ------
    ConfigError
        If it says nothing.
    """
    if fleet.waveforms is None:
        raise ConfigError(
            f"{fleet.fleet}: nobody said how the high-rate signals are condensed",
            expected="waveforms, with at least the rate in samples per second",
            remedy="add waveforms to the fleet's YAML",
        )
    return fleet.waveforms


def windows(wave: NDArray[Any], window: int, hop: int) -> NDArray[Any]:
    """Cut signals (..., n_samples) into whole windows: a view (..., n_windows, window), ``hop`` from start to start."""
    return np.lib.stride_tricks.sliding_window_view(wave, window, axis=-1)[..., ::hop, :]


def broken_windows(rows: pl.DataFrame) -> pl.DataFrame:
    """List the rows with samples that are no numbers, as rejects without day and file.

    Parameters
    ----------
    rows : (n_snapshots,) what `Signals.rows` gave, with ``unit_id``, ``time`` and ``source_row``.
    """
    found = pl.format("{} samples are no numbers", BROKEN).alias("found")
    kind = (pl.lit(None, pl.String).alias("sensor"), pl.lit("not_a_number").alias("rule"))
    return rows.filter(pl.col(BROKEN) > 0).select("unit_id", "time", *kind, found, ROW)


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over each row of (n_snapshots, n_windows) of the windows that have a value; NaN where none has."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
