"""Fixtures shared with the tests of jobs, api and command line."""

from tests.jobs.by_hand import hands
from tests.server import server_folder, server_url
from tests.workshop import cold_workspace, fake_plugins, warm_workspace

__all__ = ["cold_workspace", "fake_plugins", "hands", "server_folder", "server_url", "warm_workspace"]
