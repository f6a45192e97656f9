"""``/docs``: the OpenAPI document as one HTML page without scripts, so that it shows where there is no internet."""

import json
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin: 2.5rem 0 .2rem }
code, pre { font: .85rem/1.45 ui-monospace, monospace }
pre { background: #8881; padding: .7rem 1rem; overflow-x: auto; border-radius: 4px; max-height: 24rem }
.verb { display: inline-block; min-width: 3.2rem; font-weight: 700 } .get { color: #2a7de1 } .post { color: #2f9e44 }
table { border-collapse: collapse; font-size: .9rem } td { padding: .15rem 1.2rem .15rem 0; vertical-align: top }
p { margin: .3rem 0 } small { opacity: .7 }
"""
_MOST = 4
"""Rows of an example window that are shown; the document holds all of them."""


def page_of(document: dict[str, Any]) -> str:
    """Write the page."""
    told = document["info"]
    parts = [f"<h1>{escape(told['title'])}</h1><p>{escape(told['description'])}</p>"]
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
    parts.append(f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>")
    parts += [_parameters(operation["parameters"])] if operation.get("parameters") else []
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        parts.append(_fields(document, content["schema"]["$ref"].rpartition("/")[2]))
        parts += [_example(path, content["example"])] if "example" in content else []
    parts.append(_responses(document, operation["responses"]))
    return "\n".join(parts)


def _example(path: str, body: dict[str, Any]) -> str:
    said = [f"curl -s localhost:8000{path} -H 'Content-Type: application/json' -d @body.json"]
    said += ["", "# body.json", json.dumps(_shortened(body), indent=1)]
    return f"<pre>{escape(chr(10).join(said))}</pre>"


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], list):
        rows = [json.dumps(row) for row in value[:_MOST]]
        return rows + ([f"... {len(value) - _MOST} rows more"] if len(value) > _MOST else [])
    return [_shortened(inner) for inner in value] if isinstance(value, list) else value


def _fields(document: dict[str, Any], model: str) -> str:
    known = document["components"]["schemas"][model]
    needed = known.get("required", [])
    rows = [
        (name, _kind(said) + ("" if name in needed else ", optional"), said.get("description", ""))
        for name, said in known["properties"].items()
    ]
    return _table(rows)


def _parameters(parameters: list[dict[str, Any]]) -> str:
    return _table([(p["name"], f"{_kind(p['schema'])}, {p['in']}", p.get("description", "")) for p in parameters])


def _responses(document: dict[str, Any], responses: dict[str, Any]) -> str:
    rows = []
    for status, said in responses.items():
        contents: list[dict[str, Any]] = list(said.get("content", {}).values())
        reference = contents[0]["schema"].get("$ref", "") if contents else ""
        model = reference.rpartition("/")[2]
        keys = ", ".join(document["components"]["schemas"][model]["properties"]) if model not in ("", "Mistake") else ""
        rows.append((status, said["description"], keys))
    return _table(rows)


def _kind(schema: dict[str, Any]) -> str:
    options = schema.get("anyOf") or [schema]
    return " or ".join(
        option.get("format") or option.get("type") or option["$ref"].rpartition("/")[2] for option in options
    )


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(told)}</td></tr>"
        for name, kind, told in rows
    )
    return f"<table>{lines}</table>"
