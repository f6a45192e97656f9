"""Raw features become what the detector reads, inside the graph: conditioned, scaled, chosen, bounded.

The arithmetic is that of features/regress.py, features/modes.py and features/scaling.py, operation by operation, so
that what comes out has their bits. It works on the last axis, so that a history is prepared step by step like a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...detectors.columns import unit_codes
from ...errors import ReleaseError
from ...features import Conditioner, Scaler
from ..bundle import Bundle
from .formulas import squared
from .graph import Graph, Operand

FEATURES, UNIT, CLOCK = "features", "unit", "clock"
"""Names of a graph's inputs."""

LIMIT = 1e30
"""Largest magnitude that a detector is given, as in detectors/columns.py."""


@dataclass(frozen=True)
class Prepared:
    """What a detector reads, by name of tensor.

    Attributes
    ----------
    matrix : float64 (n, n_columns), or (n, n_columns, steps) with the oldest step first.
    clock : float64 (n,) days since 1970, for detectors that look at it.
    unit : int64 (n,) place among the units that the detector learnt from, their number for another one; for detectors
        that tell units apart.
    """

    matrix: str
    clock: str | None = None
    unit: str | None = None


def prepare(graph: Graph, bundle: Bundle) -> Prepared:
    """Declare the graph's inputs and make of them what the bundle's detector reads.

    ``features`` holds the unscaled features in the manifest's order, NaN where there is no value; ``unit`` exists where
    units have scales of their own or the detector tells them apart, ``clock`` where the detector looks at it.

    Raises
    ------
    ReleaseError
        If the bundle asks for a feature that its manifest doesn't name, is conditioned in an unknown way, or has learnt
        from a unit whose name it doesn't tell.
    """
    detector, steps = bundle.detector, bundle.detector.steps
    width = len(bundle.manifest.features)
    features = graph.input(FEATURES, "float64", ["n", width] if steps == 1 else ["n", steps, width])
    raw = _Raw(features, {name: place for place, name in enumerate(bundle.manifest.features)})
    wanted = detector.feature_names_in_
    unit = graph.input(UNIT, "string", ["n"]) if asks_unit(bundle) else ""
    if detector.tags.unscaled:
        read = raw.columns(graph, wanted)
    else:
        left = _conditioned(graph, bundle.conditioner, raw, wanted)
        read = _scaled(graph, bundle, left, unit)
    matrix = graph.clip(read, -LIMIT, LIMIT)
    matrix = matrix if steps == 1 else graph.transpose(matrix, [0, 2, 1])
    clock = graph.input(CLOCK, "float64", ["n"]) if detector.clock else None
    return Prepared(matrix, clock, graph.numbered(unit, _units_learnt_from(bundle)) if detector.by_unit else None)


def asks_unit(bundle: Bundle) -> bool:
    """Whether a graph must be told the unit: units have scales of their own, or the detector tells them apart."""
    return bundle.detector.by_unit or (not bundle.detector.tags.unscaled and _scales_units(bundle.scaler))


def _scales_units(scaler: Scaler) -> bool:
    return bool(scaler.units) and scaler.method != "none"


def _units_learnt_from(bundle: Bundle) -> list[str]:
    """Names of the detector's units, in its order; it knows them by their codes alone."""
    names = sorted({*bundle.manifest.training_windows, *bundle.scaler.units})
    known = dict(zip(unit_codes(pl.Series(names, dtype=pl.String))[0].tolist(), names, strict=True))
    codes = bundle.detector.units_.tolist()
    if missing := [code for code in codes if code not in known]:
        raise ReleaseError(
            "the model has learnt from units whose names it doesn't tell",
            found=f"{len(missing)} of {len(codes)} units",
            remedy="train it again",
        )
    return [known[code] for code in codes]


@dataclass(frozen=True)
class _Raw:
    """The features as they come: the tensor's name, and each column's place on its last axis."""

    tensor: str
    place: Mapping[str, int]

    def columns(self, graph: Graph, names: Sequence[str]) -> str:
        """Several columns, the axis kept."""
        missing = [name for name in names if name not in self.place]
        if missing:
            raise ReleaseError(
                "the model reads features that its manifest doesn't name",
                found=", ".join(self.place),
                expected=", ".join(missing),
                remedy="train it again",
            )
        return graph.gather(self.tensor, [self.place[name] for name in names], axis=-1)


def _conditioned(graph: Graph, conditioner: Conditioner | None, raw: _Raw, wanted: Sequence[str]) -> str:
    document = conditioner.to_json() if conditioner else {"method": None}
    if document["method"] is None:
        return raw.columns(graph, wanted)
    if document["method"] == "regress":
        return _regressed(graph, document, raw, wanted)
    if document["method"] == "modes":
        return _in_modes(graph, document, raw, wanted)
    raise ReleaseError(f"features conditioned by {document['method']} can't be exported", expected="regress or modes")


def _regressed(graph: Graph, document: dict[str, Any], raw: _Raw, wanted: Sequence[str]) -> str:
    """Take the settings' part out, term by term; a slope of 0 leaves a reading alone whether its settings are known."""
    left, slopes = raw.columns(graph, wanted), _slopes(document, wanted)
    for term, centre, slope in zip(document["terms"], document["centre"], slopes, strict=True):
        if not (slope != 0).any():
            continue
        parts = [name.rpartition("__")[2] for name in wanted]
        named = [f"{term}__{part}" if own else name for part, own, name in zip(parts, slope != 0, wanted, strict=True)]
        offset = graph.subtract(raw.columns(graph, named), float(centre))
        left = graph.where(slope != 0, graph.subtract(left, graph.multiply(slope, offset)), left)
    return left


def _slopes(document: dict[str, Any], wanted: Sequence[str]) -> NDArray[np.float64]:
    """Slope of each wanted column on each term, (n_terms, n_wanted), 0 for columns that are not conditioned."""
    slopes = np.zeros((len(document["terms"]), len(wanted)))
    learnt = dict(zip(document["sensors"], _table(document["slope"]), strict=True))
    for column, name in enumerate(wanted):
        sensor, _, part = name.rpartition("__")
        if sensor in learnt and part in document["features"]:
            slopes[:, column] = learnt[sensor]
    return slopes


def _in_modes(graph: Graph, document: dict[str, Any], raw: _Raw, wanted: Sequence[str]) -> str:
    """Move and stretch each wanted column from its mode's usual value and spread to the fleet's."""
    tables = {name: _table(document["tables"][name]) for name in ("modes", "weight", "centre", "scale", "usual")}
    own = np.array([name in document["columns"] for name in wanted])
    values = raw.columns(graph, wanted)
    if not own.any():
        return values
    places = [document["columns"].index(name) if name in document["columns"] else 0 for name in wanted]
    mode = _mode(graph, raw, document["settings"], tables["modes"], tables["weight"])
    untold = np.full((1, len(wanted)), np.nan)
    centre, scale = (
        graph.gather(np.vstack([tables[name][:, places], untold]), mode, axis=0) for name in ("centre", "scale")
    )
    distance = graph.divide(graph.subtract(values, centre), scale)
    usual, pooled = tables["usual"][:, places]
    return graph.where(own, graph.add(usual, graph.multiply(pooled, distance)), values)


def _mode(
    graph: Graph, raw: _Raw, settings: Sequence[str], modes: NDArray[np.float64], weight: NDArray[np.float64]
) -> str:
    """Number of the mode, of as many dimensions as the features less one; their count where a setting is missing."""
    distance, known = "", ""
    for place, setting in enumerate(settings):
        told = raw.columns(graph, [f"{setting}__raw"])
        finite = _finite(graph, told)
        point = graph.multiply(graph.where(finite, told, 0.0), float(weight[place]))
        part = squared(graph, graph.subtract(point, modes[:, place]))
        distance = graph.add(distance, part) if distance else part
        known = graph.both(known, finite) if known else finite
    number = graph.place_of("ArgMin", distance)
    return graph.where(graph.without_axis(known, -1), number, np.array(len(modes), dtype=np.int64))


def _scaled(graph: Graph, bundle: Bundle, left: str, unit: str) -> str:
    """Distances from the usual value in scales, clipped; where there is no value 0, or NaN for who asks for gaps."""
    scaler, detector = bundle.scaler, bundle.detector
    document = scaler.to_json()
    places = [scaler.columns.index(name) for name in detector.feature_names_in_]
    centre, scale = (_table(document[name])[:, places] for name in ("centre", "scale"))
    rows: tuple[Operand, Operand] = (centre[-1], scale[-1])
    if _scales_units(scaler):
        row = graph.numbered(unit, scaler.units)
        found = (graph.gather(table, row, axis=0) for table in (centre, scale))
        rows = tuple(graph.new_axis(one, 1) if detector.steps > 1 else one for one in found)  # type: ignore[assignment]
    scaled = graph.divide(graph.subtract(left, rows[0]), rows[1])
    known = graph.negated(graph.is_nan(scaled)) if scaler.method != "none" else _finite(graph, scaled)
    bounded = scaled if scaler.method == "none" else graph.clip(scaled, -float(scaler.clip), float(scaler.clip))
    return graph.where(known, bounded, np.nan if detector.tags.gaps else 0.0)


def _finite(graph: Graph, tensor: str) -> str:
    return graph.negated(graph.either(graph.is_nan(tensor), graph.is_infinite(tensor)))


def _table(document: Sequence[Any]) -> NDArray[np.float64]:
    """Numbers as they were saved; None stands for NaN."""
    return np.array(document, dtype=np.float64)
