"""Waiting for pipes, however many files a process has open."""

from __future__ import annotations

import fcntl
import os
import re
import resource
from pathlib import Path

import pytest

from synth_ui.system import pipes

PACKAGE = Path(pipes.__file__).parents[1]


def test_a_pipe_beyond_the_thousandth_open_file_is_waited_for() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most < 2_000:
        pytest.skip(f"only {most} files may be open here")
    end, other = os.pipe()
    far = fcntl.fcntl(end, fcntl.F_DUPFD, 1_500)
    try:
        assert pipes.ready([far], [other], seconds=0) == {other}
        os.write(other, b"x")
        assert pipes.ready([far], seconds=5) == {far}
        os.close(other)
        assert os.read(far, 9) == b"x"
        assert pipes.ready([far], seconds=5) == {far}  # its end
    finally:
        os.close(end)
        os.close(far)


def test_nothing_waits_in_a_way_that_knows_a_thousand_files_only() -> None:
    assert [
        path.name for path in PACKAGE.rglob("*.py") if re.search(r"\bselect\.select\(", path.read_text(encoding="utf-8"))
    ] == []
