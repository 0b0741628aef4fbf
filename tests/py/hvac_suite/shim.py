"""A pytest plugin that stands where hvac's suite starts a Vault server and mounts an engine for every case.

The suite expects a fresh mount `kvv2`; an OKMS domain has one fixed mount, `secret`. So mounting checks that the mount
is empty, unmounting empties it, and paths are renamed on their way out. No answer to a case is touched.
"""

import sys
import types

import hvac
import pytest
from hvac import adapters, exceptions

SUITE_MOUNT = "/v1/kvv2"
OUR_MOUNT = "/v1/secret"
MOUNTS = "/v1/sys/mounts"
DEFAULTS = {"max_versions": 0, "cas_required": False, "delete_version_after": "0s"}


class MountAdapter(adapters.JSONAdapter):
    """Renames the mount and plays the mount table."""

    def request(self, method, url, *args, **kwargs):
        if url == MOUNTS and method == "get":
            return {"data": {"kvv2/": {"type": "kv", "options": {"version": "2"}}}}
        if url.startswith(f"{MOUNTS}/"):
            return self._mount() if method == "post" else self._unmount()
        return super().request(method, url.replace(SUITE_MOUNT, OUR_MOUNT, 1), *args, **kwargs)

    def _mount(self):
        left = self._keys("")
        assert not left, f"the mount is not empty: {left}"

    def _unmount(self):
        self._remove_below("")
        self.post(f"{SUITE_MOUNT}/config", json=DEFAULTS)

    def _remove_below(self, folder):
        for key in self._keys(folder):
            if key.endswith("/"):
                self._remove_below(folder + key)
            else:
                self.delete(f"{SUITE_MOUNT}/metadata/{folder}{key}")

    def _keys(self, folder):
        try:
            return self.list(f"{SUITE_MOUNT}/metadata/{folder}")["data"]["keys"]
        except exceptions.InvalidPath:
            return []


class ServerManager:
    """Has the interface of the suite's own manager; the server is the session's daemon."""

    daemon = None

    def __init__(self, **_configuration):
        self.client = None
        self.root_token = None

    def start(self):
        self.client = hvac.Client(url=self.daemon.base, adapter=MountAdapter)

    def initialize(self):
        self.root_token = self.client.token = self.daemon.token

    def unseal(self):
        assert self.client.is_authenticated()

    def stop(self):
        self.client = None


def pytest_configure():
    module = types.ModuleType("tests.utils.server_manager")
    module.ServerManager = ServerManager
    sys.modules[module.__name__] = module


@pytest.fixture(scope="session", autouse=True)
def served(daemon):
    """Starts the daemon before the suite's first class is set up."""
    ServerManager.daemon = daemon
