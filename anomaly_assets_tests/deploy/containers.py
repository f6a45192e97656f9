"""Services of a compose file started for real without an engine, by namespaces as containers are, nothing translated.

Each has a root file system of its own (the machine's programs, its image's packages, its volumes, nothing else; not to
be written where the file says so), its own processes, its own user without capabilities, and the command, environment
and health check that stand in the file. All share one network of their own, in which every service has its own address:
one that listens on its loopback alone is found by nobody else, as on a real network of containers.
"""

import ctypes
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .composing import Document, mounts, order

Answer = TypeVar("Answer")

PROGRAMS = ("unshare", "nsenter", "setpriv", "chroot", "ip")
POLL = 0.5
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CHANGE_ROOT = ("mkdir .old", "pivot_root . .old", "cd /", "umount -l /.old", "rmdir /.old")
"""Shell lines after which the old root is gone, also for who enters the service later."""

SETTINGS = ("alternatives", "group", "ld.so.cache", "localtime", "nsswitch.conf", "protocols", "services", "ssl")
"""What the machine's programs find in /etc; everything else there is the machine's own affair."""

FIRST = """{} &
service=$! code=0
trap 'kill -TERM $service' TERM
trap 'kill -INT $service' INT
wait $service || code=$?
while kill -0 $service 2> /dev/null; do wait $service && code=0 || code=$?; done
exit $code
"""
"""Shell lines of a service's first process: hands signals on, and stays what it was, so that it ends when we do."""

_NEW_NETWORK = 0x40000000


@dataclass(frozen=True)
class Image:
    """What an image brings along.

    Attributes
    ----------
    folders : of this machine, by where they are in the image.
    environment : what the image sets.
    workdir : where commands run.
    entrypoint : what runs before the command, if anything.
    """

    folders: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    entrypoint: tuple[str, ...] = ()


def lacking(*programs: str) -> list[str]:
    """What this machine lacks to run containers of its own."""
    found = [f"the program {name}" for name in (*PROGRAMS, *programs) if shutil.which(name, path=PATH) is None]
    if sys.platform != "linux" or os.geteuid() != 0:
        return [*found, "root on Linux, who may make namespaces"]
    tried = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    return found or ([] if subprocess.run(tried, check=False).returncode == 0 else ["leave to make namespaces"])


class Stack:
    """Services that run; a context that ends all of them.

    Parameters
    ----------
    document : compose file, variables put in.
    folder : what relative paths of it start from.
    root : where volumes and logs are kept.
    images : by name without version.
    """

    def __init__(self, document: Document, folder: Path, root: Path, images: Mapping[str, Image]) -> None:
        self.services: dict[str, Document] = document["services"]
        self.folder, self.root, self.images = folder, root, images
        self.waiting = order(document)
        self.addresses = {name: f"127.0.1.{number + 1}" for number, name in enumerate(self.services)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Stack":
        self._write_names()
        up = "ip link set lo up && echo up && exec sleep 100000"
        self._network = subprocess.Popen(_ours("unshare", "--net", "sh", "-c", up), stdout=subprocess.PIPE)
        assert self._network.stdout is not None
        assert self._network.stdout.readline() == b"up\n"
        self._thread = ThreadPoolExecutor(1, initializer=lambda: _enter_network(self._network.pid))
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._running):
            self.stop(name)
        self._thread.shutdown()
        self._network.kill()
        self._network.wait()

    def inside(self, ask: Callable[[], Answer]) -> Answer:
        """Call something in this process, but on the services' network."""
        return self._thread.submit(ask).result()

    def start(self, name: str, command: list[str] | None = None) -> None:
        """Start a service, by another command if one is given; one that ends by itself is waited for."""
        service, image = self.services[name], self._image(name)
        given = command or [*service.get("entrypoint", image.entrypoint), *service["command"]]
        script = self.root / f"{name}.sh"
        script.write_text("\n".join([*self._mounted(name), FIRST.format(shlex.join([*self._as_user(name), *given]))]))
        alone = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
        started = _ours("nsenter", f"--net=/proc/{self._network.pid}/ns/net", *alone, "sh", "-e", str(script))
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(started, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self, name: str) -> None:
        """End a service at once, with everything that it has started."""
        process = self._running.pop(name)
        with suppress(ProcessLookupError, LookupError):
            os.kill(self._first_process(process), signal.SIGKILL)  # its kernel ends the others before it is gone
        process.wait(30)

    def end(self, name: str) -> int:
        """Tell a service to end, and wait as long as Compose would; tells its exit code."""
        service, process = self.services[name], self._running.pop(name)
        os.kill(self._first_process(process), signal.Signals[service.get("stop_signal", "SIGTERM")])
        return process.wait(_seconds(service.get("stop_grace_period", "10s")))

    def finish(self, name: str, seconds: float) -> int:
        """Wait for a service that ends by itself; tells its exit code."""
        return self._running.pop(name).wait(seconds)

    def run(self, name: str, command: list[str], **how: Any) -> "subprocess.CompletedProcess[str]":
        """Run something in a service that runs, as ``docker compose exec`` does."""
        told = [*self._inside(name), *command]
        return subprocess.run(told, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **how)

    def healthy(self, name: str) -> bool:
        """Ask a service for its health, once, by its own check."""
        check = self.services[name]["healthcheck"]
        how, *words = check["test"]
        try:
            asked = self.run(
                name, ["sh", "-c", *words] if how == "CMD-SHELL" else words, timeout=_seconds(check["timeout"])
            )
        except (subprocess.TimeoutExpired, LookupError):
            return False
        return asked.returncode == 0

    def wait_until_healthy(self, name: str) -> None:
        """Wait as long as Compose would before it gave a service up.

        Raises
        ------
        AssertionError
            With the end of what the service said.
        """
        check = self.services[name]["healthcheck"]
        patience = _seconds(check["start_period"]) + check["retries"] * _seconds(check["interval"])
        end = time.monotonic() + patience
        while time.monotonic() < end:
            assert self._running[name].poll() is None, f"{name} has ended:\n{self.said(name)}"
            if self.healthy(name):
                return
            time.sleep(POLL)
        raise AssertionError(f"{name} is not healthy after {patience:g} s:\n{self.said(name)}")

    def environment(self, name: str) -> dict[str, str]:
        """What a service's processes find in their environment: the image's, then the file's."""
        return {"PATH": PATH, **self._image(name).environment, **self.services[name].get("environment", {})}

    def log(self, name: str) -> Path:
        """Where what a service says is kept."""
        return self.root / f"{name}.log"

    def said(self, name: str, characters: int = 6000) -> str:
        """The end of it."""
        return self.log(name).read_text(encoding="utf-8", errors="replace")[-characters:]

    def _image(self, name: str) -> Image:
        return self.images[self.services[name]["image"].partition(":")[0]]

    def _as_user(self, name: str) -> list[str]:
        """The words that make a command one of a service's: its user, its folder, its environment and no other."""
        user, _, group = self.services[name]["user"].partition(":")
        rights = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        workdir = self.services[name].get("working_dir", self._image(name).workdir)
        found = [f"{key}={value}" for key, value in self.environment(name).items()]
        what = ["env", "--default-signal=INT,QUIT", "-C", workdir, "-i", *found]
        return ["setpriv", f"--reuid={user}", f"--regid={group}", *rights, *what]

    def _inside(self, name: str) -> list[str]:
        """The words that put a command into a running service."""
        pid = self._first_process(self._running[name])
        there = [f"--mount=/proc/{pid}/ns/mnt", *(f"--{space}=/proc/{pid}/ns/{space}" for space in ("pid", "net"))]
        return ["nsenter", *there, *self._as_user(name)]

    @staticmethod
    def _first_process(process: "subprocess.Popen[bytes]") -> int:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
        if not children:
            raise LookupError("it doesn't run")
        return int(children[0])

    def _mounted(self, name: str) -> list[str]:
        """Shell lines that build a service's root file system and go into it.

        What is bound comes after what is empty, so that a checkout below /tmp is found, too.
        """
        service, image, new = self.services[name], self._image(name), str(self.root / "newroot")
        lines = [f"mkdir -p {new}", f"mount -t tmpfs -o mode=755 none {new}", f"cd {new}", *_system()]
        lines += [f"mkdir -p {part}; mount -t proc none {part}" for part in ("proc",)]
        lines += ["mkdir dev", "mount --bind /dev dev", "mount -t tmpfs -o mode=1777 none dev/shm"]
        lines += [f"cp {self.root / 'hosts'} {self.root / 'passwd'} etc"]
        for one in service.get("tmpfs", []):
            target, _, how = one.partition(":")
            lines += [f"mkdir -p .{target}", f"mount -t tmpfs -o {how} none .{target}"]
        lines += [line for target, source in image.folders.items() for line in _bound(source, target, read_only=True)]
        for source, target, read_only in mounts(service):
            lines += _bound(self._volume(source, service["user"]), target, read_only=read_only)
        read_only = ["mount -o remount,ro none /"] if service.get("read_only") else []
        return [*lines, *CHANGE_ROOT, *read_only]

    def _volume(self, source: str, user: str) -> Path:
        """Give the folder or file of this machine that a volume is; a named one is made, for the image's user."""
        if source.startswith((".", "/")):
            return (self.folder / source).resolve()
        made = self.root / "volumes" / source
        if not made.exists():
            made.mkdir(parents=True)
            os.chown(made, *(int(number) for number in user.split(":")))
            made.chmod(0o700)
        return made

    def _write_names(self) -> None:
        names = [f"{address} {name}" for name, address in self.addresses.items()]
        (self.root / "hosts").write_text("\n".join(["127.0.0.1 localhost", *names]) + "\n")
        users = {service["user"] for service in self.services.values()}
        lines = [f"user{user.partition(':')[0]}:x:{user}::/tmp:/usr/sbin/nologin" for user in sorted(users)]
        (self.root / "passwd").write_text("\n".join(["root:x:0:0:root:/root:/bin/sh", *lines]) + "\n")


def _ours(*words: str) -> list[str]:
    """A command that ends when we do, whatever ends us."""
    return ["setpriv", "--pdeathsig=KILL", *words]


def _system() -> list[str]:
    """Shell lines for the programs of this machine, which stand for the images' systems."""
    lines = []
    for name in ("usr", "bin", "sbin", "lib", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            lines += [f"ln -s {path.readlink()} {name}"]
        elif path.is_dir():
            lines += [f"mkdir {name}", f"mount --bind /{name} {name}", f"mount -o remount,bind,ro {name}"]
    settings = [f"/etc/{name}" for name in SETTINGS if Path(f"/etc/{name}").exists()]
    return [*lines, "mkdir etc", f"cp -a {' '.join(settings)} etc"]


def _bound(source: Path, target: str, *, read_only: bool) -> list[str]:
    made = f"mkdir -p .{target}" if source.is_dir() else f"mkdir -p .{Path(target).parent}; touch .{target}"
    bound = [f"[ -e .{target} ] || {{ {made}; }}", f"mount --bind {source} .{target}"]
    return [*bound, *([f"mount -o remount,bind,ro .{target}"] if read_only else [])]


def _enter_network(pid: int) -> None:
    with Path(f"/proc/{pid}/ns/net").open() as network:
        if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "the services' network can't be entered")


def _seconds(duration: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|m)", duration).groups()  # type: ignore[union-attr]
    return float(number) * {"s": 1, "m": 60}[unit]
