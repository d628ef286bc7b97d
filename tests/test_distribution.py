"""The wheel holds the six packages whole: code, types, templates, drawings, fonts, translations, demo content."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGES = ("hub", "captive_portal", "library", "player", "provisioning", "image")


def test_the_wheel_holds_every_file_of_the_packages(project: Path, tmp_path: Path) -> None:
    build = (sys.executable, "-c", "import sys, hatchling.build as b; b.build_wheel(sys.argv[1])", str(tmp_path))
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("village_hub-*-py3-none-any.whl"))) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    paths = (path for package in PACKAGES for path in (project / package).rglob("*") if path.is_file())
    assert held == {path.relative_to(project).as_posix() for path in paths if path.suffix != ".pyc"}
