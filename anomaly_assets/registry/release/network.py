"""A torch network as a part of a graph, by torch's dynamo exporter, in the float32 that the platform computes it in.

The exporter that traces (``dynamo=False``) made a transformer of wrong numbers without an error; it is never used. What
surrounds a network in its detector's formula is in `reconstruction_error`, for all kinds that have one.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...errors import ReleaseError
from .formulas import row_sums, squared, standardised
from .graph import OPSET, Graph
from .preparation import Prepared

_TRACED = 3
"""Rows that the exporter sees; the graph takes any number."""


def reconstruction_error(graph: Graph, detector: Any, prepared: Prepared) -> str:
    """Mean squared error of the network's guess of the judged steps, in usual errors; see detectors/by_network.py."""
    width, steps = len(detector.center_), detector.steps
    matrix = graph.reshape(prepared.matrix, [0, width, steps])
    z = standardised(graph, matrix, detector.center_[:, None], detector.scale_[:, None])
    shown = graph.cast(graph.clip(z, -float(detector.cap), float(detector.cap)), "float32")
    n_judged = len(detector.unit_) // width
    guess = _last(graph, graph.cast(network(graph, detector, shown), "float64"), n_judged)
    errors = graph.reshape(graph.subtract(_last(graph, z, n_judged), guess), [0, len(detector.unit_)])
    parts = graph.divide(squared(graph, graph.divide(errors, detector.unit_)), float(len(detector.unit_)))
    return row_sums(graph, parts, len(detector.unit_))


def network(graph: Graph, detector: Any, shown: str) -> str:
    """Put a detector's network into the graph.

    Parameters
    ----------
    detector : a fitted `NetworkDetector`.
    shown : float32 (n, n_features, steps).

    Returns
    -------
    Its guess, float32 (n, n_features, guessed).

    Raises
    ------
    ReleaseError
        If the exporter can't follow the network for any number of rows.
    """
    with _quiet():
        model = _exported(detector)
    _require_any_rows(model, detector.kind)
    return _merged(graph, model.graph, shown)


def _exported(detector: Any) -> Any:
    import torch

    from ...detectors.torch_quiet import quiet_torch
    from ...detectors.torch_weights import with_weights

    width = len(detector.center_)
    with quiet_torch():
        made = with_weights(detector._network(width), detector.weights_)
        rows = (torch.zeros(_TRACED, width, detector.steps),)
        try:
            followed = torch.export.export(made, rows, dynamic_shapes=({0: torch.export.Dim("n")},), strict=False)
            program: Any = torch.onnx.export(followed, dynamo=True, opset_version=OPSET, verbose=False)
        except Exception as error:  # torch's exporter fails in many ways of its own
            raise _unfollowed(detector.kind, f"{type(error).__name__}: {str(error).splitlines()[0]}") from error
    return program.model_proto


def _require_any_rows(model: Any, kind: str) -> None:
    """The exporter may fix the number of rows to those it saw, without an error."""
    if len(model.graph.input) != 1 or not model.graph.input[0].type.tensor_type.shape.dim[0].dim_param:
        raise _unfollowed(kind, "a graph for one number of rows only")
    versions = {entry.domain: entry.version for entry in model.opset_import}
    if versions != {"": OPSET} or model.functions:
        raise _unfollowed(kind, f"operator sets {versions}")


def _merged(graph: Graph, part: Any, shown: str) -> str:
    """Take over constants and operations under new names, without what the exporter notes of its own source files."""
    from onnx import numpy_helper

    names = {part.input[0].name: shown, "": ""}
    for constant in part.initializer:
        names[constant.name] = graph.constant(np.array(numpy_helper.to_array(constant)))
    for node in part.node:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        inputs = [names[name] for name in node.input]
        made = graph.nodes_of(node.op_type, len(node.output), *inputs, domain=node.domain)
        graph.nodes[-1].attribute.extend(attributes.values())
        names |= zip(node.output, made, strict=True)
    return names[part.output[0].name]


def _last(graph: Graph, tensor: str, count: int) -> str:
    """The last elements along the last axis."""
    return graph.slice(tensor, np.array([-count]), np.array([np.iinfo(np.int64).max]), axis=2)


def _unfollowed(kind: str, found: str) -> ReleaseError:
    return ReleaseError(
        f"torch's exporter can't follow the network of a {kind}",
        found=found,
        expected="a graph for any number of rows",
        remedy="export another detector of the fleet, or look at what the network does with the number of rows",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells of libraries that it would use for other networks, and of its own future."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
