"""Who the daemon is to a cloud, where it has no secret of its own: a client certificate, a workload of a cluster, a machine."""

import hvac
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from hvac import exceptions

from .azure import CLIENT, SECRET, TENANT
from .google import RING
from .machines import Gce, Imds


@pytest.fixture
def imds(azure):
    running = Imds(azure)
    yield running
    running.stop()


@pytest.fixture
def gce(google):
    running = Gce(google)
    yield running
    running.stop()


@pytest.fixture
def places(azure):
    return {"endpoint": azure.url, "authority": azure.url}


def at_azure(credentials):
    return {"provider": "azurekeyvault", "key_collection": "a-vault", "credentials": credentials}


def client(running):
    return hvac.Client(url=running.url, token=running.token, timeout=300)


def how(azure, vault, key, body):
    """How the daemon proves who it is, when it brings a key to a new provider of this body."""
    path = f"keymgmt/kms/{len(azure.proofs)}"
    vault.write_data(path, data=body)
    before = len(azure.proofs)
    try:
        vault.write_data(f"{path}/key/{key}", data={"purpose": "sign"})
        [proof] = set(azure.proofs[before:])
        return proof
    finally:
        vault.delete(f"{path}/key/{key}")


def test_a_certificates_key_is_the_devices(vault, azure, accounts, places, keys):
    """Read once, when the provider is made: what is there later does not matter."""
    file = accounts / "passing.pem"
    file.write_text(azure.application.pem())
    given = {"tenant_id": TENANT, "client_id": CLIENT, "client_certificate_path": str(file), **places}
    path, key = "keymgmt/kms/certified", keys("rsa-2048").rsplit("/", 1)[1]
    vault.write_data(path, data=at_azure(given))
    file.unlink()
    before = len(azure.proofs)
    vault.write_data(f"{path}/key/{key}", data={"purpose": "sign"})
    vault.delete(f"{path}/key/{key}")
    assert set(azure.proofs[before:]) == {"certificate"}


def test_a_certificate_that_can_not_be_used_is_said(vault, azure, accounts, place, places, name, keys):
    application, other = azure.application, rsa.generate_private_key(65537, 2048)
    whole = application.pem()
    certificate, _, _ = whole.partition("-----BEGIN PRIVATE")
    bad = {
        "is not the certificate's": application.pem(other),
        "has no PRIVATE KEY in PEM": certificate,
        "has no CERTIFICATE in PEM": whole.replace("CERTIFICATE", "SOMETHING"),
        "without a password": whole.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    }
    given = {"tenant_id": TENANT, "client_id": CLIENT, **places}
    path, file = f"keymgmt/kms/{name}", accounts / f"{name}.pem"
    for why, text in bad.items():
        file.write_text(text)
        with pytest.raises(exceptions.InvalidRequest, match=why) as raised:
            vault.write_data(path, data=at_azure({**given, "client_certificate_path": str(file)}))
        assert whole.splitlines()[-2] not in str(raised.value)
    (place / "elsewhere.pem").write_text(whole)
    for outside in (f"{place}/elsewhere.pem", f"{accounts}/../elsewhere.pem", "/etc/passwd"):
        with pytest.raises(exceptions.InvalidRequest, match="service-accounts"):
            vault.write_data(path, data=at_azure({**given, "client_certificate_path": outside}))
    assert vault.read(path) is None
    stranger = type(application)()
    file.write_text(stranger.pem())
    vault.write_data(path, data=at_azure({**given, "client_certificate_path": str(file)}))
    key = keys("rsa-2048").rsplit("/", 1)[1]
    with pytest.raises(exceptions.InternalServerError, match="invalid_client.*AADSTS700027"):
        vault.write_data(f"{path}/key/{key}", data={"purpose": "sign"})
    vault.write_data(path, data=at_azure({**given, "client_secret": SECRET}))
    vault.delete(f"{path}/key/{key}")


def test_azures_order(start, azure, accounts, places, imds, gce, google, name):
    """The environment's secret, its certificate, what was given, the workload, the machine: as Azure's own libraries have it,
    with what was given for the provider behind the environment, as Vault has it."""
    token = accounts / "workload"
    token.write_text(f"{azure.application.federated}\n")
    own = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}
    certificate = {"AZURE_CLIENT_CERTIFICATE_PATH": f"{accounts}/application.pem"}
    workload = {"AZURE_FEDERATED_TOKEN_FILE": str(token), "AZURE_AUTHORITY_HOST": f"{azure.url}/"}
    metadata = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": imds.url, "GCE_METADATA_HOST": gce.host}
    given, nothing = {"client_secret": SECRET, "client_id": CLIENT, **places}, {"endpoint": azure.url}
    wrong = {"client_secret": "not it", "client_id": "x", **places}
    data, key = f"identities-{name}", name

    running = start(data, AZURE_CLIENT_SECRET=SECRET, **own, **certificate, **workload, **metadata)
    vault = client(running)
    vault.write_data(f"keymgmt/key/{key}", data={"type": "rsa-2048"})
    assert how(azure, vault, key, at_azure(wrong)) == "secret"
    running.stop()
    running = start(data, **own, **certificate, **workload, **metadata)
    assert how(azure, client(running), key, at_azure(wrong)) == "certificate"
    running.stop()
    running = start(data, **own, **workload, **metadata)
    assert how(azure, client(running), key, at_azure(given)) == "secret"
    assert how(azure, client(running), key, at_azure(nothing)) == "workload"
    running.stop()
    running = start(data, AZURE_TENANT_ID=TENANT, HOME=str(running.data), **metadata)
    vault = client(running)
    assert how(azure, vault, key, at_azure(nothing)) == "machine"
    assert how(azure, vault, key, at_azure({**nothing, "client_id": "an-identity"})) == "machine"
    assert set(imds.identities) == {None, "an-identity"}
    with pytest.raises(exceptions.InvalidRequest, match="are not sent to"):
        vault.write_data("keymgmt/kms/evil", data=at_azure({"endpoint": f"{azure.url}/"}))
        vault.write_data(f"keymgmt/kms/evil/key/{key}", data={"purpose": "sign"})

    google_body = {"provider": "gcpckms", "key_collection": RING, "credentials": {"endpoint": google.url}}
    vault.write_data("keymgmt/kms/google", data=google_body)
    vault.write_data(f"keymgmt/kms/google/key/{key}", data={"purpose": "sign"})
    assert gce.asked == 1
    running.stop()


def test_a_machines_service_sees_what_it_asks_for(imds, gce):
    """The stand-ins refuse what the real ones refuse: no header, and what came through a proxy."""
    own = f"{imds.url}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net"
    googles = f"{gce.url}/computeMetadata/v1/instance/service-accounts/default/token"
    for url, header in ((own, {"Metadata": "true"}), (googles, {"Metadata-Flavor": "Google"})):
        assert requests.get(url, headers=header, timeout=10).json()["token_type"] == "Bearer"
        assert requests.get(url, timeout=10).status_code in (400, 403)
        assert requests.get(url, headers={**header, "X-Forwarded-For": "10.0.0.1"}, timeout=10).status_code == 403
