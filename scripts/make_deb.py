"""Builds a Debian package: ``.venv/bin/python scripts/make_deb.py [folder]``, without network.

The package holds Presswork and the packages it needs (those of ``.venv`` that the extras ``server`` and ``agent`` lead
to, nothing of the tools), below ``/usr/lib/presswork``, run by Debian's Python of the same minor version.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from presswork import __version__

ROOT = Path(__file__).parents[1]
HOME = Path("usr/lib/presswork")
PACKAGING = ROOT / "packaging"
PYTHON = f"python3.{sys.version_info.minor}"
LAUNCHER = """#!/usr/lib/presswork/bin/python -IB
import sys
from presswork.__main__ import main
sys.exit(main())
"""


def needed(
    name: str, extras: frozenset[str] = frozenset(), found: dict[str, Distribution] | None = None
) -> dict[str, Distribution]:
    """The distributions that ``name`` with ``extras`` leads to, itself included."""
    found = {} if found is None else found
    wanted = distribution(name)
    key = canonicalize_name(name)
    if key in found and not extras:
        return found
    found[key] = wanted
    for line in wanted.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            needed(requirement.name, frozenset(requirement.extras), found)
    return found


def main() -> None:
    """Build it and print its path."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        _fill(tree)
        architecture = _said("dpkg", "--print-architecture")
        package = target / f"presswork_{__version__}_{architecture}.deb"
        _control(tree, architecture)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", tree, package],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    print(package)


def _fill(tree: Path) -> None:
    packages = tree / HOME / "lib" / PYTHON / "site-packages"
    packages.mkdir(parents=True)
    for name, one in needed("presswork", frozenset({"server", "agent"})).items():
        if name != "presswork":
            _copy(one, packages)
    _install_presswork(packages)
    launcher = tree / HOME / "bin" / "presswork"
    launcher.parent.mkdir()
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)
    # a virtual environment, so that programs Presswork starts itself find it again
    (launcher.parent / "python").symlink_to(f"/usr/bin/{PYTHON}")
    (tree / HOME / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/presswork").symlink_to("../lib/presswork/bin/presswork")
    for source, place in (
        ("systemd/sysusers.conf", "usr/lib/sysusers.d/presswork.conf"),
        ("systemd/tmpfiles.conf", "usr/lib/tmpfiles.d/presswork.conf"),
        *(
            (f"systemd/{unit.name}", f"lib/systemd/system/{unit.name}")
            for unit in (PACKAGING / "systemd").glob("presswork-*")
        ),
    ):
        _place(PACKAGING / source, tree / place)
    _place(ROOT / "LICENSE", tree / "usr/share/doc/presswork/copyright")


def _copy(one: Distribution, packages: Path) -> None:
    base = Path(str(one.locate_file(""))).resolve()
    for file in one.files or []:
        source = Path(str(one.locate_file(file))).resolve()
        if source.is_relative_to(base) and source.is_file() and "__pycache__" not in source.parts:
            _place(source, packages / source.relative_to(base))


def _install_presswork(packages: Path) -> None:
    with tempfile.TemporaryDirectory() as copy:
        for name in (
            "src",
            "pyproject.toml",
            "hatch_build.py",
            "package.json",
            "package-lock.json",
            "README.md",
            "LICENSE",
        ):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, Path(copy) / name)
        options = ["--quiet", "--no-cache-dir", "--no-deps", "--no-index", "--no-build-isolation", "--no-compile"]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", packages, copy], check=True)
    shutil.rmtree(packages / "bin", ignore_errors=True)


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def _control(tree: Path, architecture: str) -> None:
    debian = tree / "DEBIAN"
    debian.mkdir()
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file()) // 1024
    minor = sys.version_info.minor
    values = {"version": __version__, "architecture": architecture, "size": size, "minor": minor, "next": minor + 1}
    (debian / "control").write_text((PACKAGING / "debian/control").read_text("utf-8").format(**values), "utf-8")
    for script in ("postinst", "prerm"):
        shutil.copyfile(PACKAGING / "debian" / script, debian / script)
        (debian / script).chmod(0o755)
    for folder in (path for path in tree.rglob("*") if path.is_dir()):
        os.chmod(folder, 0o755)


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
