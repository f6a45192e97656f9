"""The champion as a package that runs elsewhere: one asset, with what makes a package trustworthy as checks.

What is in a package and when a model may not leave is said in registry/release/.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from ..contracts import feature_columns
from ..errors import ReleaseError
from ..pipelines import Released, release
from ..registry import ModelVersion
from ..registry.release import verify
from ..registry.release.discovery import exportable_kinds
from .graph import FleetGraph
from .reporting import Facts, failed
from .site_resource import SiteResource

ASKS = {
    "onnx_parity": "onnxruntime gives the platform's scores, as closely as the kind states, and its flags.",
    "hashes": "Every file has the SHA-256 that the manifest lists, and the manifest its own.",
    "signature": "The model's columns are those of the features table, in its order.",
}
WARN = dg.AssetCheckSeverity.WARN


def release_package(graph: FleetGraph) -> dg.AssetsDefinition:
    """Export the champion, and look at the package that came of it."""
    spec = graph.model_spec(
        "release",
        [graph.dep("champion"), graph.dep("evaluation")],
        {"onnx"},
        "The champion as ONNX with everything that belongs to it, in a folder that can be verified anywhere.",
    )
    checks = [dg.AssetCheckSpec(name, asset=spec.key, blocking=True, description=ASKS[name]) for name in ASKS]

    @dg.multi_asset(name=graph.op_name("release"), specs=[spec], check_specs=checks)
    def asset(context: dg.AssetExecutionContext, site: SiteResource) -> Iterator[Any]:
        opened = site.open(context)
        champion = opened.registry.alias(graph.fleet.fleet)
        if (why := _nothing_to_release(champion)) is not None:
            yield from _unreleased(spec.key, why, passed=champion is None)
            return
        try:
            made = release(opened, graph.fleet, force=True)  # the status of a version changes, and its folder with it
        except ReleaseError as refused:
            yield _result(spec.key, "onnx_parity", str(refused), passed=False)
            with failed():
                raise
        yield dg.MaterializeResult(asset_key=spec.key, metadata=_told(made))
        yield from _judged(spec.key, graph, made)

    return asset


def _nothing_to_release(champion: ModelVersion | None) -> str | None:
    if champion is None:
        return "not released: there is no champion yet"
    if champion.kind not in exportable_kinds():
        return f"not released: {champion.name} is of kind {champion.kind}; exported are {', '.join(exportable_kinds())}"
    return None


def _unreleased(key: dg.AssetKey, why: str, *, passed: bool) -> Iterator[Any]:
    """Say why there is no package; that a champion can't be exported is worth a warning, and stops nothing."""
    yield dg.MaterializeResult(asset_key=key, metadata={"note": why})
    for name in ASKS:
        yield _result(key, name, why, passed=passed or name != "onnx_parity", severity=WARN)


def _judged(key: dg.AssetKey, graph: FleetGraph, made: Released) -> Iterator[dg.AssetCheckResult]:
    """Look at the folder as whoever receives it would."""
    found = {finding.name: finding for finding in verify.verify(made.package.path).findings}
    hashed = [found[name] for name in ("manifest", "hashes") if name in found]
    told = "; ".join(finding.told for finding in hashed)
    yield _result(key, "hashes", told, passed=len(hashed) == 2 and all(finding.passed for finding in hashed))
    parity = found.get("parity")
    yield _result(
        key, "onnx_parity", parity.told if parity else "not asked: files differ", passed=bool(parity and parity.passed)
    )
    columns, expected = _columns(made.package.path), list(feature_columns(graph.fleet))
    same = f"{len(columns)} columns" if columns == expected else f"found {columns}, the table has {expected}"
    yield _result(key, "signature", same, passed=columns == expected)


def _result(
    key: dg.AssetKey,
    name: str,
    verdict: str,
    *,
    passed: bool,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed, asset_key=key, check_name=name, severity=severity, metadata={"verdict": verdict}
    )


def _columns(package: Path) -> list[str]:
    signature = json.loads((package / "signature.json").read_text(encoding="utf-8"))
    return [column["name"] for column in signature["columns"]]


def _told(made: Released) -> Facts:
    package, parity = made.package, made.package.parity
    return {
        "version": made.version.name,
        "release": package.version,
        "status": made.version.status,
        "outcome": package.outcome,
        "package": dg.MetadataValue.path(str(package.path)),
        "model": dg.MetadataValue.path(str(package.path / verify.MODEL)),
        "sha256": package.sha256,
        "size_bytes": package.size,
        "examples": parity.examples,
        "largest_difference": parity.largest,
        "tolerance_relative": parity.relative,
        "tolerance_absolute": parity.absolute,
        "card": dg.MetadataValue.md(package.card),
    }
