"""The images of compose.yaml, put together from what this machine has: packages, settings, entrypoints."""

import importlib.metadata
import subprocess
import sys
import venv
from pathlib import Path

from .composing import DEPLOY, load
from .containers import PATH, Image
from .dockerfiles import PROJECT, read
from .test_serve_requirements import SERVED

PACKAGES = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
CONSOLE = "#!/opt/venv/bin/python\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
POSTGRES = """
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \
    $POSTGRES_INITDB_ARGS > /dev/null
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  echo "CREATE DATABASE \\"$POSTGRES_DB\\"" | postgres --single -D "$PGDATA" postgres > /dev/null
fi
exec "$@"
"""
"""What the entrypoint of the image does at the first start."""


def images(root: Path, configs: Path, mlflow: Path) -> dict[str, Image]:
    """Every image by its name without version.

    Parameters
    ----------
    root : where the lean image's packages are put together.
    configs : what is copied into our images as /srv/anomaly/configs.
    mlflow : a virtual environment with the registry's server.
    """
    serve = lean(root / "serve")
    databases = {"PGDATA": "/var/lib/postgresql/data", "PATH": f"{_postgres_programs()}:{PATH}"}
    return {
        "anomaly-assets/platform": _ours("platform", Path(sys.prefix), configs),
        "anomaly-assets/serve": _ours("serve", serve, configs),
        "anomaly-assets/mlflow": _ours("mlflow", mlflow, None),
        "postgres": Image(environment=databases, entrypoint=("sh", "-ec", POSTGRES, "entrypoint")),
        "eclipse-mosquitto": Image(),
        "prom/prometheus": Image(),
    }


def lean(folder: Path) -> Path:
    """Make an environment of exactly what serve-requirements.txt lists, and our own package; nothing is fetched."""
    venv.create(folder, symlinks=True)
    packages = folder / PACKAGES.relative_to(sys.prefix)
    parts = {file.parts[0] for name in SERVED for file in importlib.metadata.files(name) or [] if file.parts[0] != ".."}
    ours = [PROJECT / "anomaly_assets", *PACKAGES.glob("anomaly_assets-*.dist-info")]
    for path in (*(PACKAGES / part for part in sorted(parts)), *ours):
        if not (packages / path.name).exists():
            (packages / path.name).symlink_to(path)
    _script(folder / "bin" / "anomaly-assets", "anomaly_assets.cli", "main")
    return folder


def mlflow_server(folder: Path) -> Path:
    """Make a virtual environment with the whole of mlflow, on top of the packages that it shares with the platform.

    Raises
    ------
    LookupError
        If the registry of packages doesn't answer.
    """
    venv.create(folder, symlinks=True)
    packages = folder / PACKAGES.relative_to(sys.prefix)
    (packages / "platform.pth").write_text(f"{PACKAGES}\n")
    version = load()["services"]["mlflow"]["build"]["args"]["MLFLOW_VERSION"]
    others = [line for line in (DEPLOY / "mlflow-constraints.txt").read_text().splitlines() if not line.startswith("#")]
    asked = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(packages)]
    told = subprocess.run([*asked, f"mlflow=={version}", *others], capture_output=True, text=True, check=False)
    if told.returncode:
        raise LookupError(told.stderr.strip().splitlines()[-1])
    _script(folder / "bin" / "mlflow", "mlflow.cli", "cli")
    return folder


def _script(path: Path, module: str, function: str) -> None:
    path.write_text(CONSOLE.format(module=module, function=function))
    path.chmod(0o755)


def _ours(stage: str, packages: Path, configs: Path | None) -> Image:
    """An image of the Dockerfile; what it sets and where it works is read there."""
    dockerfile = read()
    folders = {"/opt/venv": packages, str(packages): packages, sys.prefix: Path(sys.prefix)}
    folders |= {sys.base_prefix: Path(sys.base_prefix)} if not sys.base_prefix.startswith("/usr") else {}
    folders |= {str(PROJECT / "anomaly_assets"): PROJECT / "anomaly_assets"}
    folders |= {"/srv/anomaly/configs": configs} if configs else {}
    return Image(folders, dockerfile.environment(stage), dockerfile.folder(stage))


def _postgres_programs() -> str:
    told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if not told else [Path(told)]
    return str(found[-1]) if found else PATH
