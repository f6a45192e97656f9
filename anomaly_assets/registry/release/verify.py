#!/usr/bin/env python3
"""Tells whether a release package is what was released: ``python verify.py DIR``.

Every file must have its size and SHA-256, none may be missing or added, and onnxruntime must give the scores and flags
of the examples. Needs numpy and onnxruntime and nothing else: a copy of this file travels in every package. A copy
can't vouch for itself, so check a package that you don't trust with a copy from elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MANIFEST, MODEL, EXAMPLES = "manifest.json", "model.onnx", "examples.npz"
BATCHES = (1, 7, 64)
"""Rows that are asked about at a time, besides all of them at once."""

ALONE = 64
"""So many examples, evenly spaced, are asked about one by one."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, whether it is as it should be, and a sentence about it."""

    name: str
    passed: bool
    told: str


@dataclass(frozen=True)
class Report:
    """What was found in a package, one finding after the other; it is sound when each has passed."""

    folder: Path
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether the package is what was released."""
        return all(finding.passed for finding in self.findings)


@dataclass(frozen=True)
class Comparison:
    """How a model's answers differ from the expected ones, over all batch sizes.

    Attributes
    ----------
    rows, batches : examples, and the batch sizes that they were asked in.
    largest : largest difference of a score.
    beyond, flags : examples whose score differs by more than is tolerated; whose flag differs.
    first : the first of these, in words; empty where there is none.
    """

    rows: int
    batches: tuple[int, ...]
    largest: float
    beyond: int
    flags: int
    first: str

    @property
    def agrees(self) -> bool:
        """Whether no score differs by more than is tolerated, and no flag at all."""
        return self.beyond == self.flags == 0


def verify(folder: str | Path) -> Report:
    """Look at a package. What is wrong is told in the report; nothing is raised for a damaged one."""
    place = Path(folder)
    manifest, first = _manifest(place)
    if manifest is None:
        return Report(place, (first,))
    files = files_as_listed(place, manifest["files"])
    if not files.passed:  # a file that is not the released one is not opened
        return Report(place, (first, files))
    return Report(place, (first, files, _parity(place, manifest["parity"])))


def seal_of(document: dict[str, Any]) -> str:
    """SHA-256 of a manifest without its own ``sha256``."""
    bare = {name: value for name, value in document.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def written(document: dict[str, Any]) -> bytes:
    """The bytes of a manifest; there is one way to write it."""
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def compare(model: str | bytes, examples: dict[str, Any], relative: float, absolute: float) -> Comparison:
    """Ask onnxruntime about examples in batches of several sizes.

    Parameters
    ----------
    model : an ONNX model or its file.
    examples : the model's inputs by name, and the expected ``score`` float64 (n,) and ``flag`` bool (n,).
    relative, absolute : a score may differ by ``relative`` of the expected magnitude and ``absolute``.
    """
    session = _session(model)
    score, flag = examples["score"], examples["flag"]
    largest, beyond, flags, first = 0.0, set(), set(), ""
    sizes = tuple(dict.fromkeys(size for size in (*BATCHES, len(score)) if size <= len(score)))
    for size in sizes:
        rows = np.unique(np.linspace(0, len(score) - 1, ALONE).astype(int)) if size == 1 else np.arange(len(score))
        found, flagged = _answers(session, examples, rows, size)
        difference = np.abs(found - score[rows])
        wrong = ~(difference <= relative * np.abs(score[rows]) + absolute)
        other = flagged != flag[rows]
        for place in np.flatnonzero(wrong | other)[: 0 if first else 1]:
            first = (
                f"example {rows[place]} in batches of {size}: score {float(found[place])!r}, expected "
                f"{float(score[rows][place])!r}; flag {bool(flagged[place])}, expected {bool(flag[rows][place])}"
            )
        largest = max(largest, float(np.nanmax(difference, initial=0.0)))
        beyond |= set(rows[wrong].tolist())
        flags |= set(rows[other].tolist())
    return Comparison(len(score), sizes, largest, len(beyond), len(flags), first)


def _manifest(folder: Path) -> tuple[dict[str, Any] | None, Finding]:
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        document = json.loads(content)
        sound = content == written(document) and document["sha256"] == seal_of(document)
        files, parity = document["files"], document["parity"]
        told = {name: (entry["sha256"], entry["size"]) for name, entry in files.items()}
        float(parity["relative"]), float(parity["absolute"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return None, Finding("manifest", False, f"{path} can't be read: {type(error).__name__}: {error}")
    if not sound:
        return None, Finding("manifest", False, f"{MANIFEST} is not as it was written: its own SHA-256 doesn't fit")
    return document, Finding("manifest", True, f"{MANIFEST} has its own SHA-256 and lists {len(told)} files")


def files_as_listed(folder: Path, listed: dict[str, Any]) -> Finding:
    """Whether a folder holds the files that a manifest lists, as they were, and no others."""
    problems = [f"{name} is missing" for name in listed if not (folder / name).is_file()]
    there = {path.relative_to(folder).as_posix() for path in _below(folder)} - {MANIFEST}
    problems += [f"{name} was added" for name in sorted(there - set(listed))]
    for name, entry in listed.items():
        path = folder / name
        if path.is_file() and (path.stat().st_size != entry["size"] or sha256(path) != entry["sha256"]):
            problems.append(f"{name} was changed")
    return Finding("hashes", not problems, "; ".join(problems) or f"all {len(listed)} files are as they were released")


def _below(folder: Path) -> list[Any]:
    return [Path(root) / name for root, folders, names in os.walk(folder) for name in (*names, *_links(root, folders))]


def _links(root: str, folders: list[str]) -> list[Any]:
    """Folders that are elsewhere in truth, or that hold nothing; neither is part of a package."""
    return [name for name in folders if (Path(root) / name).is_symlink() or not any((Path(root) / name).iterdir())]


def _parity(folder: Path, within: dict[str, Any]) -> Finding:
    relative, absolute = float(within["relative"]), float(within["absolute"])
    try:
        with np.load(folder / EXAMPLES, allow_pickle=False) as stored:
            examples = {name: stored[name] for name in stored.files}
        found = compare(str(folder / MODEL), examples, relative, absolute)
    except Exception as error:  # a foreign file, or no onnxruntime: all of them mean that nothing was shown
        return Finding("parity", False, f"{MODEL} can't be asked: {type(error).__name__}: {error}")
    asked = f"{found.rows} examples in batches of {', '.join(map(str, found.batches))}"
    if not found.agrees:
        return Finding("parity", False, f"{asked}: {found.beyond} scores and {found.flags} flags differ; {found.first}")
    tolerated = f"{relative:g} of the score and {absolute:g}" if relative or absolute else "none"
    told = f"{asked}: flags equal, largest difference {found.largest:.3g}, tolerated: {tolerated}"
    return Finding("parity", True, told)


def _session(model: str | bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _answers(session: Any, examples: dict[str, Any], rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    asked = {given.name: examples[given.name][rows] for given in session.get_inputs()}
    asked = {name: values.astype(object) if values.dtype.kind == "U" else values for name, values in asked.items()}
    found = [
        session.run(["score", "flag"], {name: values[start : start + size] for name, values in asked.items()})
        for start in range(0, len(rows), size)
    ]
    score, flag = (np.concatenate(parts) for parts in zip(*found))  # noqa: B905 - also for older Pythons
    return score, flag


def main(arguments: list[str]) -> int:
    """Verify one folder and print what was found: 0 sound, 1 not, 2 no folder."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python verify.py DIR", file=sys.stderr)
        return 2
    report = verify(arguments[0])
    for finding in report.findings:
        print(f"{'ok  ' if finding.passed else 'FAIL'}  {finding.name}: {finding.told}")
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
