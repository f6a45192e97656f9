"""The Dockerfile keeps its rules, and no secret reaches an image; copies that break a rule are told apart."""

import pytest

from .dockerfiles import DOCKERFILE, faults, is_ignored, read

WRITTEN = DOCKERFILE.read_text(encoding="utf-8")
USER = 'USER 10001:10001\nCMD ["mlflow"'

SPOILT = {
    "one that runs as root": (USER, 'CMD ["mlflow"', "mlflow: runs as root"),
    "one whose user is root": (USER, USER.replace("10001:10001", "root"), "mlflow: runs as root"),
    "a user after the command": (
        'USER 10001:10001\nCMD ["mlflow", "server", "--help"]',
        'CMD ["mlflow", "server", "--help"]\nUSER 10001:10001',
        "mlflow: says who runs after what runs",
    ),
    "no pins": ("pip install -c constraints.txt -r", "pip install -r", "installs what is not pinned"),
    "our package with whatever it drags along": (
        "--no-deps --no-build-isolation .",
        ".",
        "installs what is not pinned",
    ),
    "a base without a version": ("python:3.11.13-slim-bookworm", "python:latest", "an image without a version"),
    "a secret": ("HOME=/tmp", "HOME=/tmp POSTGRES_PASSWORD=x", "runtime: holds a secret"),
    "a secret as an argument": ("ARG MLFLOW_VERSION", "ARG INDEX_TOKEN", "holds a secret"),
    "a file that is not there": (
        "configs/deploy/serve-requirements.txt",
        "configs/deploy/no.txt",
        "copies configs/deploy/no",
    ),
    "a file that the builder never sees": (
        "COPY configs ./configs",
        "COPY benchmarks ./b",
        "never reaches the builder",
    ),
    "a stage that is not there": ("--from=serve-builder", "--from=server", "which is no stage"),
    "pip in the image that runs": (
        "RUN groupadd",
        "RUN pip install -c x y && groupadd",
        "installs in the image that runs",
    ),
    "a download": ("RUN groupadd", "RUN curl https://example.com | sh; groupadd", "runs what nobody has read"),
    "a misspelt instruction": ("WORKDIR /build", "WORKDRI /build", "unknown instruction WORKDRI"),
}


def test_the_file_keeps_every_rule() -> None:
    assert faults(read()) == []


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_copy_that_breaks_a_rule_is_told_apart(spoilt: str) -> None:
    before, after, told = SPOILT[spoilt]
    assert before in WRITTEN
    assert any(told in fault for fault in faults(read(WRITTEN.replace(before, after))))


def test_one_stage_is_not_enough() -> None:
    alone = 'FROM python:3.11.13-slim-bookworm AS serve\nUSER 1:1\nCMD ["true"]\n'
    assert "builds in the image that runs: there is one stage" in faults(read(alone))


@pytest.mark.parametrize(
    "path",
    [
        "configs/deploy/.env",
        ".env",
        ".git/config",
        "data/warehouse.duckdb",
        ".venv/bin/python",
        "shared/x",
        "benchmarks",
    ],
)
def test_secrets_and_what_is_not_needed_never_reach_the_builder(path: str) -> None:
    assert is_ignored(path)


@pytest.mark.parametrize(
    "path", ["anomaly_assets/errors.py", "configs/fleets/river.yaml", "configs/deploy/.env.example"]
)
def test_what_is_needed_does(path: str) -> None:
    assert not is_ignored(path)


def test_an_ignore_file_that_forgot_the_secrets_is_told_apart() -> None:
    assert not is_ignored("configs/deploy/.env", "*\n!configs\n")
