"""Any change to a package shows, anywhere, with numpy and onnxruntime alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from anomaly_assets.registry.release.examples import examples_of
from anomaly_assets.registry.release.package import Package, write_package
from anomaly_assets.registry.release.verify import seal_of, verify, written

from .tiny import held_back, subject, tiny_bundle


class TestVerifying:
    def test_finds_one_changed_byte_in_any_file(self, copy: Path) -> None:
        for path in sorted(copy.iterdir()):
            content = path.read_bytes()
            for place in {0, len(content) // 2, len(content) - 1}:
                path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
                assert not verify(copy).passed, f"byte {place} of {path.name}"
            path.write_bytes(content)
        assert verify(copy).passed

    def test_finds_every_changed_byte_of_the_manifest(self, copy: Path) -> None:
        path = copy / "manifest.json"
        content = path.read_bytes()
        for place in range(0, len(content), 7):
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :])
            assert not verify(copy).findings[0].passed, place

    def test_finds_a_missing_file_and_names_it(self, copy: Path) -> None:
        for path in sorted(copy.iterdir()):
            content = path.read_bytes()
            path.unlink()
            (problem,) = (finding for finding in verify(copy).findings if not finding.passed)
            assert path.name in problem.told
            path.write_bytes(content)

    @pytest.mark.parametrize("name", ["more.txt", "below/more.txt", ".hidden"])
    def test_finds_a_file_that_was_added(self, copy: Path, name: str) -> None:
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("")
        assert f"{name} was added" in verify(copy).findings[1].told

    def test_finds_folders_and_links_that_were_added(self, copy: Path, tmp_path: Path) -> None:
        (copy / "empty").mkdir()
        (copy / "link").symlink_to(tmp_path)
        told = verify(copy).findings[1].told
        assert "empty was added" in told and "link was added" in told

    def test_finds_a_model_that_disagrees_although_all_hashes_fit(self, copy: Path) -> None:
        """A forger who writes the manifest anew still has to make the model answer as the examples say."""
        other = write_package(
            subject(tiny_bundle("hotelling_t2_q")),
            examples_of(tiny_bundle("hotelling_t2_q"), *held_back()),
            copy.parent,
        )
        (copy / "model.onnx").write_bytes((other.path / "model.onnx").read_bytes())
        document = json.loads((copy / "manifest.json").read_text())
        model = document["files"]["model.onnx"]
        model["size"] = (copy / "model.onnx").stat().st_size
        model["sha256"] = __import__("hashlib").sha256((copy / "model.onnx").read_bytes()).hexdigest()
        document["sha256"] = seal_of(document)
        (copy / "manifest.json").write_bytes(written(document))
        first, second, third = verify(copy).findings
        assert first.passed and second.passed and not third.passed
        assert "scores" in third.told and "expected" in third.told

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"{}", b"null", b"\xff", b'{"files": 1, "sha256": 2, "parity": 3}']
    )
    def test_of_a_foreign_manifest_says_so(self, copy: Path, content: bytes) -> None:
        (copy / "manifest.json").write_bytes(content)
        (finding,) = verify(copy).findings
        assert finding.name == "manifest" and not finding.passed

    def test_needs_neither_the_platform_nor_what_it_trains_with(self, released: Package, tmp_path: Path) -> None:
        """In a process that sees numpy and onnxruntime and nothing of the platform."""
        site = tmp_path / "site"
        site.mkdir()
        for name in ("numpy", "numpy.libs", "onnxruntime", "google", "flatbuffers", "packaging"):
            source = Path(np.__file__).parents[1] / name
            if source.exists():
                (site / name).symlink_to(source)
        code = (
            "import sys, runpy\n"
            f"sys.path = [path for path in sys.path if 'site-packages' not in path] + [{str(site)!r}]\n"
            f"sys.argv = ['verify.py', {str(released.path)!r}]\n"
            "try:\n    runpy.run_path(sys.argv[1] + '/verify.py', run_name='__main__')\n"
            "except SystemExit as ended:\n"
            "    heavy = {'anomaly_assets', 'torch', 'sklearn', 'polars', 'onnx', 'joblib'} & set(sys.modules)\n"
            "    print('ended', ended.code, sorted(heavy))\n"
        )
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        ended = subprocess.run(
            [sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        assert "ended 0 []" in ended.stdout, ended.stderr
        assert "flags equal" in ended.stdout

    def test_as_a_program_ends_with_1_for_a_damaged_package_and_2_without_one(self, copy: Path) -> None:
        script = str(copy / "verify.py")
        (copy / "model_card.md").write_text("better")

        def ended(*arguments: str) -> SimpleNamespace:
            found = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)
            return SimpleNamespace(code=found.returncode, told=found.stdout + found.stderr)

        damaged = ended(str(copy))
        assert damaged.code == 1 and "model_card.md was changed" in damaged.told
        assert ended().code == ended("nowhere").code == 2
