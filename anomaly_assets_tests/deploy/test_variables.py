"""Every variable is explained in .env.example, and every one that is explained there is used."""

import re

from anomaly_assets.config.broker import VARIABLES as BROKER
from anomaly_assets.config.serving import VARIABLES as SERVING

from .composing import DEPLOY, SECRET, load, variables
from .variables import explained, read_by, read_by_the_code, values


def test_what_the_code_reads_is_found_however_it_is_asked_for() -> None:
    code = """
import os
ONE, TWO = "ONE", "A_TWO"
VARIABLES = {"key": "THREE"}
os.environ.get(ONE); environment.get(TWO, ""); os.getenv("FOUR"); os.environ["FIVE"]; "SIX" in os.environ
os.environ["OURS"] = os.environ.get("OURS") or "1"; os.environ.setdefault("QUIET", "1"); {}.get("OTHER")
"""
    assert read_by(code) == {"ONE", "A_TWO", "THREE", "FOUR", "FIVE", "SIX"}


def test_what_the_code_is_known_to_read_is_found() -> None:
    known = {"ANOMALY_HOME", "POSTGRES_PASSWORD", "ANOMALY_API_KEYS", "ANOMALY_MQTT_PASSWORD", *BROKER.values()}
    assert known | {*SERVING.values()} <= set(read_by_the_code())


def test_every_variable_that_the_code_reads_is_in_the_example() -> None:
    missing = {name: file for name, file in read_by_the_code().items() if name not in explained()}
    assert missing == {}


def test_every_variable_that_compose_puts_in_is_in_the_example() -> None:
    assert variables(load()) <= set(explained())


def test_every_variable_of_the_example_is_used() -> None:
    assert set(explained()) - variables(load()) - set(read_by_the_code()) == set()


def test_every_variable_of_the_example_is_explained() -> None:
    assert [name for name, sentence in explained().items() if not sentence.endswith(".")] == []
    assert explained("# A sentence.\nA=\n\nB=\n#C=1\n") == {"A": "A sentence.", "B": "A sentence.", "C": "A sentence."}


def test_the_example_holds_no_secret_and_demands_every_one() -> None:
    secrets = {name for name in variables(load()) if SECRET.search(name)}
    demanded = {name for name in secrets if f"{{{name}:?" in str(load())}
    assert demanded == {"POSTGRES_PASSWORD", "ANOMALY_MQTT_PASSWORD", "ANOMALY_API_KEYS"}
    assert secrets - demanded == {"ANOMALY_SMTP_PASSWORD"}
    assert {name: values()[name] for name in secrets} == dict.fromkeys(secrets, "")


def test_every_variable_that_a_file_of_settings_names_is_in_the_example() -> None:
    named = {
        name
        for file in DEPLOY.parent.glob("*.yaml")
        for name in re.findall(r"\bANOMALY_[A-Z_]*[A-Z]\b", file.read_text())
    }
    assert {"ANOMALY_API_KEYS", "ANOMALY_SMTP_PASSWORD"} <= named
    assert named - set(explained()) == set()


def test_the_defaults_that_the_example_tells_are_those_of_compose() -> None:
    written = str(load())
    told = {name: value for name, value in values().items() if name in variables(load()) and value}
    assert {name for name, value in told.items() if f"${{{name}:-{value}}}" not in written} == set()
