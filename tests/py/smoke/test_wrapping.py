"""Response wrapping and namespaces through hvac, unchanged."""

import hvac
import pytest
from hvac import exceptions


def test_an_answer_is_unwrapped_once(daemon):
    vault = hvac.Client(url=daemon.url, token=daemon.token)
    wrapped = vault.read("auth/token/lookup-self", wrap_ttl="60s")["wrap_info"]
    assert wrapped["ttl"] == 60 and wrapped["creation_path"] == "auth/token/lookup-self"
    stranger = hvac.Client(url=daemon.url)
    assert stranger.sys.unwrap(token=wrapped["token"])["data"]["policies"] == ["root"]
    with pytest.raises(exceptions.InvalidRequest, match="not valid or does not exist"):
        stranger.sys.unwrap(token=wrapped["token"])


def test_there_is_one_namespace(daemon):
    assert hvac.Client(url=daemon.url, token=daemon.token, namespace="root").is_authenticated()
    elsewhere = hvac.Client(url=daemon.url, token=daemon.token, namespace="team")
    with pytest.raises(exceptions.InvalidRequest, match="root namespace is the only one"):
        elsewhere.read("auth/token/lookup-self")
