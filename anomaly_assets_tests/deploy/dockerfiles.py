"""A Dockerfile read line by line, the files that its COPYs reach, and the rules that ours keeps. Nothing is built."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCKERFILE = PROJECT / "configs" / "deploy" / "Dockerfile"
INSTRUCTIONS = {"ARG", "CMD", "COPY", "ENV", "FROM", "RUN", "USER", "WORKDIR"}
IMAGES = ("platform", "serve", "mlflow")
SECRET = re.compile(r"PASSWORD|PASSWD|TOKEN|SECRET|_KEYS?\b", re.IGNORECASE)


@dataclass
class Stage:
    """A stage: what it begins from, and its instructions."""

    name: str
    base: str
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Dockerfile:
    """Stages by name, and the arguments that a build may give."""

    stages: dict[str, Stage]
    arguments: set[str]
    defaults: dict[str, str]
    unknown: list[str]

    def lines(self, stage: str) -> list[tuple[str, str]]:
        """Instructions of a stage after those of the stages that it begins from."""
        known = self.stages[stage]
        return [*(self.lines(known.base) if known.base in self.stages else []), *known.lines]

    def environment(self, stage: str) -> dict[str, str]:
        """What ENV sets in a stage."""
        pairs = [pair.partition("=") for verb, rest in self.lines(stage) if verb == "ENV" for pair in shlex.split(rest)]
        return {name: value.replace(":$PATH", ":/usr/local/bin:/usr/bin:/bin") for name, _, value in pairs}

    def folder(self, stage: str) -> str:
        """Where a stage's commands run."""
        return [rest for verb, rest in self.lines(stage) if verb == "WORKDIR"][-1]


def read(text: str | None = None) -> Dockerfile:
    """Take a Dockerfile apart; ours when none is given."""
    written = DOCKERFILE.read_text(encoding="utf-8") if text is None else text
    found = Dockerfile({}, set(), {}, [])
    stage: Stage | None = None
    for verb, rest in _instructions(written):
        if verb not in INSTRUCTIONS:
            found.unknown.append(verb)
        if verb == "ARG":
            name, _, default = rest.partition("=")
            found.arguments.add(name)
            found.defaults |= {name: default} if default else {}
        if verb == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = Stage(name or str(len(found.stages)), base)
            found.stages[stage.name] = stage
        elif stage is not None:
            stage.lines.append((verb, rest))
    return found


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    kept = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(kept)).splitlines():
        verb, _, rest = line.partition(" ")
        yield verb, rest.strip()


def faults(dockerfile: Dockerfile, ignored: str | None = None) -> list[str]:
    """What is wrong with a Dockerfile, a sentence each."""
    told = [f"unknown instruction {verb}" for verb in dockerfile.unknown]
    if len(dockerfile.stages) < 2:
        told.append("builds in the image that runs: there is one stage")
    for stage in dockerfile.stages.values():
        told += [f"{stage.name}: {fault}" for fault in (*_base(stage, dockerfile), *_lines(stage, dockerfile, ignored))]
    for image in IMAGES:
        told += [f"{image}: {fault}" for fault in _runs(dockerfile, image)]
    return told


def _base(stage: Stage, dockerfile: Dockerfile) -> Iterator[str]:
    base = re.sub(r"\$\{(\w+)\}", lambda found: dockerfile.defaults.get(found[1], ""), stage.base)
    earlier = list(dockerfile.stages)[: list(dockerfile.stages).index(stage.name)]
    if base not in earlier and not re.search(r":v?\d+\.\d+\.\d+", base):
        yield f"begins from an image without a version: {base or stage.base}"


def _lines(stage: Stage, dockerfile: Dockerfile, ignored: str | None) -> Iterator[str]:
    for verb, rest in stage.lines:
        if verb in ("ENV", "ARG") and SECRET.search(rest):
            yield f"holds a secret: {rest}"
        if verb == "COPY":
            yield from _copied(rest, dockerfile, ignored)
        for command in re.split(r"&&|;|\|", rest) if verb == "RUN" else []:
            if re.search(r"\bpip3? install\b", command) and not _bound(command):
                yield f"installs what is not pinned: {command.strip()}"
            if re.search(r"\b(curl|wget|sudo)\b", command):
                yield f"runs what nobody has read: {command.strip()}"


def _bound(command: str) -> bool:
    """Whether pip is held to pins: by constraints, or as it installs our own package and nothing besides."""
    words = command.split()
    return "-c" in words or {"--no-deps", "--no-build-isolation", "."} <= set(words)


def _copied(rest: str, dockerfile: Dockerfile, ignored: str | None) -> Iterator[str]:
    words = rest.split()
    if words[0].startswith("--from="):
        if words[0].removeprefix("--from=") not in dockerfile.stages:
            yield f"copies from {words[0]}, which is no stage"
        return
    for source in words[:-1]:
        if not (PROJECT / source).exists():
            yield f"copies {source}, which is not there"
        elif is_ignored(source, ignored):
            yield f"copies {source}, which never reaches the builder"


def _runs(dockerfile: Dockerfile, image: str) -> Iterator[str]:
    if image not in dockerfile.stages:
        yield "is no stage"
        return
    verbs = [verb for verb, _ in dockerfile.stages[image].lines]
    users = [rest for verb, rest in dockerfile.lines(image) if verb == "USER"]
    if "CMD" not in verbs:
        yield "has no command"
    if not users or users[-1].startswith(("0", "root")):
        yield "runs as root"
    elif "CMD" in verbs and verbs.index("USER") > verbs.index("CMD"):
        yield "says who runs after what runs"
    if any("pip install" in rest for verb, rest in dockerfile.lines(image) if verb == "RUN"):
        yield "installs in the image that runs"


def is_ignored(path: str, rules: str | None = None) -> bool:
    """Whether a path never reaches the builder, by the .dockerignore beside the Dockerfile: the last rule that fits."""
    text = (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text(encoding="utf-8") if rules is None else rules
    verdict = False
    for rule in (line for line in text.splitlines() if line and not line.startswith("#")):
        pattern = translate(rule.lstrip("!").removeprefix("**/")).removesuffix(r"\Z")
        deep = rule.lstrip("!").startswith("**/")
        if re.match(("(?:.*/)?" if deep else "") + pattern + r"(?:/.*)?\Z", path):
            verdict = not rule.startswith("!")
    return verdict
