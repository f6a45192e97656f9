"""Which environment variables the code reads, found in its syntax, and what .env.example says of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .composing import DEPLOY

PACKAGE = Path(__file__).parents[2] / "anomaly_assets"
EXAMPLE = DEPLOY / ".env.example"
ENVIRONMENTS = {"environ", "environment"}
"""What a mapping of the environment is called in the code."""


def read_by(text: str) -> set[str]:
    """Names that a module's code asks the environment for, and does not set itself."""
    tree = ast.parse(text)
    known = dict(_constants(tree))
    asked: set[str] = set(_overriding(tree))
    given: set[str] = set()
    for node in ast.walk(tree):
        name, written = _asked(node, known)
        if name is not None:
            (given if written else asked).add(name)
    return asked - given


def read_by_the_code() -> dict[str, str]:
    """Every variable that the package reads, with a file that does."""
    found = {name: path for path in sorted(PACKAGE.rglob("*.py")) for name in read_by(path.read_text(encoding="utf-8"))}
    return {name: str(path.relative_to(PACKAGE)) for name, path in found.items()}


def explained(text: str | None = None) -> dict[str, str]:
    """Variables of .env.example, with the sentences above each; empty where there is none."""
    told: dict[str, str] = {}
    sentence: list[str] = []
    for line in (EXAMPLE.read_text(encoding="utf-8") if text is None else text).splitlines():
        assigned = re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line)
        if assigned:
            told[assigned[1]] = " ".join(sentence) or (told[list(told)[-1]] if told else "")
        sentence = [*sentence, line[2:]] if line.startswith("# ") and not line.startswith("# ---") else []
    return told


def values(text: str | None = None) -> dict[str, str]:
    """What .env.example sets, the lines that are switched off among them."""
    lines = EXAMPLE.read_text(encoding="utf-8") if text is None else text
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", lines, re.MULTILINE))


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that stand for one string in a module."""
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        pairs = zip(target.elts, value.elts, strict=False) if _tuples(target, value) else [(target, value)]  # type: ignore[attr-defined]
        for name, constant in pairs:
            if isinstance(name, ast.Name) and isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                yield name.id, constant.value


def _tuples(target: ast.expr, value: ast.expr) -> bool:
    return isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)


def _overriding(tree: ast.Module) -> Iterator[str]:
    """Values of tables called VARIABLES: they override keys of a file of settings."""
    for node in tree.body:
        named = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if named and node.targets[0].id == "VARIABLES" and isinstance(node.value, ast.Dict):  # type: ignore[attr-defined]
            yield from (value.value for value in node.value.values if isinstance(value, ast.Constant))  # type: ignore[attr-defined]


def _asked(node: ast.AST, known: dict[str, str]) -> tuple[str | None, bool]:
    """What a piece of code asks the environment for, if anything, and whether it sets it rather."""
    if isinstance(node, ast.Subscript) and _environment(node.value):
        return _name(node.slice, known), isinstance(node.ctx, ast.Store)
    if isinstance(node, ast.Compare) and any(_environment(other) for other in node.comparators):
        return _name(node.left, known), False
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if method == "getenv" or (_environment(node.func.value) and method in ("get", "setdefault", "pop")):
            return _name(node.args[0], known), method == "setdefault"
    return None, False


def _environment(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in ENVIRONMENTS


def _name(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return known.get(node.id) if isinstance(node, ast.Name) else None
