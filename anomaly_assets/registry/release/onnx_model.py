"""A bundle as one ONNX model in float64: raw features in, score and flag out.

What the detector reads is made in preparation.py, its formula is in kinds/. Files and packages are not written here.
"""

from typing import Any

from ..bundle import Bundle
from .discovery import exportable_kinds, module_of, tolerance_of
from .graph import IR_VERSION, OPSET, TREES, TREES_OPSET, Graph
from .preparation import prepare
from .tolerance import Tolerance

__all__ = ["exportable_kinds", "to_onnx", "tolerance_of"]

SCORE, FLAG = "score", "flag"
"""Names of a graph's outputs."""


def to_onnx(bundle: Bundle) -> Any:
    """Make the ONNX model of a bundle; the same bundle gives the same bytes.

    Inputs are float64 ``features``, the unscaled ones in the manifest's order with NaN where there is no value,
    (n, n_features), or (n, steps, n_features) with the oldest step first for a detector that looks at several;
    ``unit`` (n,) text where units have scales of their own; float64 ``clock`` (n,) days since 1970 where the detector
    looks at it; n is at least 1. Outputs are float64 ``score`` (n,) and boolean ``flag`` (n,).

    Returns
    -------
    An ``onnx.ModelProto`` that onnx's checker accepts.

    Raises
    ------
    ReleaseError
        If the detector's kind can't be exported; the message says which can.
    RegistryError
        If the bundle has no threshold yet.
    """
    from onnx import checker

    build = module_of(bundle.detector.kind).build
    graph = Graph(f"{bundle.manifest.fleet}_{bundle.manifest.detector}")
    found = build(graph, bundle.detector, prepare(graph, bundle))
    score = graph.rename(found, SCORE)
    graph.rename(graph.greater(score, _bar(bundle, tolerance_of(bundle.detector))), FLAG)
    facts = {"fleet": bundle.manifest.fleet, "detector": bundle.manifest.detector, "kind": bundle.detector.kind}
    model = _model(graph, facts)
    checker.check_model(model, full_check=True)
    return model


def _bar(bundle: Bundle, tolerance: Tolerance) -> float:
    """Score above which a window is flagged.

    Equality is normal, and thresholds often are the score of a calibration window. Where the graph rounds otherwise
    than the platform, a score as far above the threshold as rounding takes it counts as equal to it.
    """
    return float(tolerance.above(bundle.require_threshold().value))


def _model(graph: Graph, facts: dict[str, str]) -> Any:
    from onnx import helper

    body = graph.finished({SCORE: ("float64", ["n"]), FLAG: ("bool", ["n"])})
    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(TREES, TREES_OPSET)]
    model = helper.make_model(body, opset_imports=versions, ir_version=IR_VERSION, producer_name="anomaly_assets")
    helper.set_model_props(model, facts)
    return model
