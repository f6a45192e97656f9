import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict

import pytest

from anomaly_assets.cli import server
from anomaly_assets.config import Platform

from .conftest import Command


def _note(platform: Platform, pid: int, began: str) -> None:
    folder = platform.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.pid").write_text(json.dumps(asdict(server.Server(pid, began, 3000))))


@pytest.fixture
def bystander():  # type: ignore[no-untyped-def]
    """A process that has nothing to do with us."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_process_that_got_an_old_servers_number_is_left_alone(installation: Platform, bystander) -> None:  # type: ignore[no-untyped-def]
    _note(installation, bystander.pid, "Mon Jan  1 00:00:00 2024")
    assert server.running(installation) is None
    assert server.stop(installation) is None
    assert bystander.poll() is None


def test_a_server_of_ours_is_stopped(installation: Platform, bystander) -> None:  # type: ignore[no-untyped-def]
    _note(installation, bystander.pid, server._began(bystander.pid))
    assert server.running(installation) is not None
    stopped = server.stop(installation)
    assert stopped is not None and stopped.pid == bystander.pid
    assert bystander.wait(10) != 0
    assert server.running(installation) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_pid_file_means_that_nothing_runs(installation: Platform, text: str) -> None:
    _note(installation, os.getpid(), "")
    (installation.home / "logs" / "dagster.pid").write_text(text)
    assert server.running(installation) is None


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert server.free_port(port) > port


def test_stopping_when_nothing_runs_is_no_mistake(command: Command) -> None:
    ended = command("ui", "--stop")
    assert ended.code == 0
    assert "No UI" in ended.out


GROWN = """
import ctypes, os, subprocess, sys
from pathlib import Path
from anomaly_assets.cli import server
from anomaly_assets.config import platform
from anomaly_assets.errors import AnomalyAssetsError

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
piece = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8192 * 4096
base = libc.mmap(None, 3 * piece, 0, 0x22, -1, 0)  # private, anonymous; each piece alone is within memory
reserved = [libc.mprotect(base + number * piece, piece, 3) for number in range(3)]
try:
    subprocess.run(["true"], preexec_fn=lambda: None)
    print("copied")
except OSError:
    print("too large to be copied")
sys.executable = "/bin/true"
try:
    server.start(platform(), 3999)
except AnomalyAssetsError as error:
    print("started, and ended at once:", error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="how memory is accounted for is Linux's own")
def test_a_process_that_has_grown_beyond_what_could_be_copied_starts_one_all_the_same(installation: Platform) -> None:
    told = {"ANOMALY_HOME": str(installation.home), "ANOMALY_CONFIGS": str(installation.configs)}
    ran = subprocess.run([sys.executable, "-c", GROWN], env=os.environ | told, capture_output=True, text=True)
    if "too large to be copied" not in ran.stdout:
        pytest.skip("this machine accounts for memory in another way: a copy would do")
    assert "started, and ended at once" in ran.stdout, ran.stderr
