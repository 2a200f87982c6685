"""What a child may use is the kernel's to enforce."""

from __future__ import annotations

import subprocess
import sys

import pytest

from twitterlab.course.limits import Limits
from twitterlab.course.watched import LIMITS

pytest.importorskip("resource")
CHILD = """
import resource
from twitterlab.course.limits import Limits, apply
apply(Limits(open_files={open_files}))
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize("open_files", [256, 512])
def test_a_child_may_open_so_many_files_and_cannot_raise_it(open_files: int) -> None:
    said = subprocess.run(
        [sys.executable, "-c", CHILD.format(open_files=open_files)], capture_output=True, text=True, check=True
    ).stdout

    assert said.split() == [str(open_files)] * 2


def test_a_lab_may_open_more_than_a_check_for_its_crowds_have_a_connection_each() -> None:
    assert LIMITS.open_files > 3 * 1_000 > Limits().open_files
