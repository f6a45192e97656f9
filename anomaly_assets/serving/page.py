"""``/docs``: the OpenAPI document as one HTML page without scripts, so that it shows where there is no internet."""

import json
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin: 2.5rem 0 .2rem }
h3 { font-size: .9rem; margin: .8rem 0 0 }
code, pre { font: .85rem/1.45 ui-monospace, monospace }
pre { background: #8881; padding: .7rem 1rem; overflow-x: auto; border-radius: 4px; max-height: 24rem }
.verb { display: inline-block; min-width: 3.2rem; font-weight: 700 } .get { color: #2a7de1 } .post { color: #2f9e44 }
table { border-collapse: collapse; font-size: .9rem } td { padding: .1rem 1rem .1rem 0; vertical-align: top }
td:nth-child(1) { min-width: 10rem } td:nth-child(2) { min-width: 11rem }
p { margin: .3rem 0 } small { opacity: .7 }
"""
_MOST = 4
"""Rows of an example window that are shown; the document holds all of them."""


def page_of(document: dict[str, Any]) -> str:
    """Write the page."""
    told = document["info"]
    fleet = told["title"].rpartition(" ")[2]
    parts = [f"<h1>{escape(told['title'])}</h1><p>{escape(told['description'])}</p>"]
    parts.append(f"<p>{_prose(f'`anomaly-assets serve {fleet} --example > body.json` writes a body to try.')}</p>")
    parts.append('<p><small>Everything here, for programs: <a href="/openapi.json">/openapi.json</a></small></p>')
    for path, item in document["paths"].items():
        parts += [_operation(document, path, verb, operation) for verb, operation in item.items()]
    parts.append("<h2>When a request is refused</h2>" + _fields(document, "Mistake"))
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(told['title'])}</title><style>{_STYLE}</style></head><body>\n{body}\n</body></html>"
    )


def _operation(document: dict[str, Any], path: str, verb: str, operation: dict[str, Any]) -> str:
    parts = [f'<h2><span class="verb {verb}">{verb.upper()}</span> <code>{escape(path)}</code></h2>']
    parts.append(f"<p>{_prose(operation.get('description') or operation.get('summary', ''))}</p>")
    if operation.get("parameters"):
        parts.append(_parameters(operation["parameters"]))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        parts.append(_fields(document, _model(content)))
        parts += [_example(path, content["example"])] if "example" in content else []
    answers = {status: _model(next(iter(said["content"].values()))) for status, said in _told(operation)}
    parts += ["<h3>200</h3>" + _fields(document, answers["200"])] if answers.get("200") else []
    refused = {status: said["description"] for status, said in operation["responses"].items() if status != "200"}
    parts += ["<h3>Refused</h3>" + _table([(status, "", said) for status, said in refused.items()])] if refused else []
    return "\n".join(parts)


def _told(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(status, said) for status, said in operation["responses"].items() if said.get("content")]


def _model(content: dict[str, Any]) -> str:
    return str(content["schema"].get("$ref", "")).rpartition("/")[2]


def _example(path: str, body: dict[str, Any]) -> str:
    said = f"curl -s localhost:8000{path} -H 'Content-Type: application/json' -d @body.json\n\n# body.json\n"
    return f"<pre>{escape(said + _written(body))}</pre>"


def _written(value: Any, indent: str = "") -> str:
    """Write a value as JSON with a row of a window on each line, and not all of them."""
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {_written(held, inner)}" for key, held in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        lines = [inner + _written(held, inner) for held in value[:_MOST]]
        lines += [f"{inner}... {len(value) - _MOST} rows more"] if len(value) > _MOST else []
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return json.dumps(value)


def _fields(document: dict[str, Any], model: str) -> str:
    known = document["components"]["schemas"].get(model, {"properties": {}})
    needed = known.get("required", [])
    rows = [
        (name, _kind(said) + ("" if name in needed else ", optional"), said.get("description", ""))
        for name, said in known["properties"].items()
    ]
    return _table(rows)


def _parameters(parameters: list[dict[str, Any]]) -> str:
    return _table([(p["name"], f"{_kind(p['schema'])}, {p['in']}", p.get("description", "")) for p in parameters])


def _kind(schema: dict[str, Any]) -> str:
    return " or ".join(map(_named, schema.get("anyOf") or [schema]))


def _named(schema: dict[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or schema["$ref"].rpartition("/")[2])


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{_prose(told)}</td></tr>"
        for name, kind, told in rows
    )
    return f"<table>{lines}</table>"


def _prose(text: str) -> str:
    """Write text, what stands in backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
