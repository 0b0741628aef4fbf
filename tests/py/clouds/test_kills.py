"""A daemon that is killed at any change that it makes at a provider: started again, the same request finishes, and nothing is
at the provider that is not recorded."""

import itertools
import os

import hvac
import pytest
import requests

from .peers import Aws, Azure, Google, Token

# At least as many changes as a request makes at a provider: a harness that kills nothing must be noticed.
LEAST = {"awskms": (3, 3, 1, 2), "azurekeyvault": (3, 3, 1, 1), "gcpckms": (4, 3, 1, 2), "pkcs11": (7, 7, 2, 4)}


@pytest.fixture
def peer(request, aws, user, azure, google, token, witness, providers):
    os.environ.update(token["environment"])
    made = {
        "awskms": lambda body: Aws(aws, user),
        "azurekeyvault": lambda body: Azure(azure, body),
        "gcpckms": lambda body: Google(google, body),
        "pkcs11": lambda body: Token(token, witness, body),
    }[request.param](providers[request.param])
    yield made
    made.stop()


class Subject:
    """One key at one provider, and a daemon that goes on after each kill."""

    def __init__(self, start, data, peer, name):
        self.start, self.peer, self.name = lambda: start(data), peer, name
        self.there, self.key = f"keymgmt/kms/there/key/{name}", f"keymgmt/key/{name}"
        self.run()
        self.vault.write_data("keymgmt/kms/there", data=peer.body)
        self.vault.write_data(self.key, data={"type": peer.type})

    def run(self):
        self.running = self.start()
        self.vault = hvac.Client(url=self.running.url, token=self.running.token, timeout=300)

    def distribute(self):
        self.vault.write_data(self.there, data={"purpose": self.peer.purpose})

    def rotate(self):
        self.vault.write_data(f"{self.key}/rotate")

    def switch(self, least):
        self.vault.write_data(self.key, data={"min_enabled_version": least})

    def remove(self):
        self.vault.delete(self.there)

    def agree(self, least=1):
        """Record and provider say the same, and what only imports need is gone."""
        record = self.vault.read(self.there)["data"]
        latest = self.vault.read(self.key)["data"]["latest_version"]
        assert set(record["versions"]) == {str(number) for number in range(1, latest + 1)}
        wanted = {id: int(number) >= least for number, id in record["versions"].items()}
        assert self.peer.held(self.name) == wanted and not self.peer.litter()
        self.settled()

    def gone(self):
        assert self.vault.read(self.there) is None and self.peer.held(self.name) == {} and not self.peer.litter()
        self.settled()

    def settled(self):
        shown = self.vault.read("keymgmt/kms/there")["data"]
        assert "unfinished" not in shown and "leftovers" not in shown, shown

    def killed(self, at, request):
        """Whether the daemon was killed at this change; then it runs again."""
        fired = self.peer.arm(at, self.running.kill)
        try:
            request()
            assert not fired(), "it was answered"
            return False
        except requests.ConnectionError:
            assert fired()
            self.running.kill()
            self.run()
            return True
        finally:
            self.peer.disarm()

    def each(self, request, check, before=lambda: None, stride=1):
        """Kills at every change that a request makes, or at some of them; answers how many they are."""
        for at in itertools.count(step=stride):
            before()
            if not self.killed(at, request):
                check()
                return at
            request()
            check()


@pytest.mark.parametrize("peer", LEAST, indirect=True)
def test_a_killed_daemon_goes_on(start, request, peer, name):
    subject = Subject(start, f"killed-{name}", peer, name)
    removals = itertools.count()
    distributed = subject.each(subject.distribute, subject.agree, lambda: next(removals) and subject.remove())
    subject.rotate()
    switched = subject.each(lambda: subject.switch(2), lambda: subject.agree(2), lambda: subject.switch(1))
    placed = itertools.count()
    removed = subject.each(subject.remove, subject.gone, lambda: next(placed) and subject.distribute(), peer.strides[0])
    subject.distribute()
    subject.switch(1)
    rotated = subject.each(subject.rotate, subject.agree, stride=peer.strides[1])
    counts = distributed, rotated, switched, removed
    assert all(count >= least for count, least in zip(counts, LEAST[request.node.callspec.params["peer"]])), counts
    subject.running.stop()
