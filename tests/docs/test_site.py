"""The site builds without a warning, and every page is in its table of contents."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]

    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert built.returncode == 0, built.stdout + built.stderr
    assert (tmp_path / "index.html").is_file()
