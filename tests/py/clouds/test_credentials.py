"""Where credentials come from, in the order that each service documents."""

import json

import hvac
import pytest
from hvac import exceptions

from .azure import CLIENT, SECRET, TENANT
from .google import RING
from .machines import Ec2
from .ministack import REGION


@pytest.fixture
def metadata(user):
    running = Ec2(user)
    yield running.url
    running.stop()


def distribute(running, provider, body, name, purpose, type):
    vault = hvac.Client(url=running.url, token=running.token)
    vault.write_data(f"keymgmt/kms/{provider}", data=body)
    vault.write_data(f"keymgmt/key/{name}", data={"type": type})
    vault.write_data(f"keymgmt/kms/{provider}/key/{name}", data={"purpose": purpose})


def test_the_environment_serves(start, aws, user, azure, google, metadata, name):
    """AWS: what was given first, then the environment, the shared file, the machine's role. Azure, Google: the environment first."""
    wrong = aws.user(f"wrong-{name}", ["ListKeys"])
    aws_body = {"provider": "awskms", "key_collection": REGION}
    given = {**aws_body, "credentials": {**user, "endpoint": aws.url}}
    bare = {**aws_body, "credentials": {"endpoint": aws.url}}
    azure_body = {"provider": "azurekeyvault", "key_collection": "a-vault"}
    azure_body["credentials"] = {"client_secret": "not it", "client_id": "x", "endpoint": azure.url, "authority": azure.url}
    google_body = {"provider": "gcpckms", "key_collection": RING, "credentials": {"endpoint": google.url}}
    elsewhere = {
        "AZURE_TENANT_ID": TENANT,
        "AZURE_CLIENT_ID": CLIENT,
        "AZURE_CLIENT_SECRET": SECRET,
        "GOOGLE_CREDENTIALS": json.dumps(google.account()),
    }
    running = start(f"env-{name}", AWS_ACCESS_KEY_ID=wrong["access_key"], AWS_SECRET_ACCESS_KEY=wrong["secret_key"], **elsewhere)
    distribute(running, "given", given, f"{name}1", "encrypt,decrypt", "aes256-gcm96")
    with pytest.raises(exceptions.InternalServerError, match="AccessDenied"):
        distribute(running, "bare", bare, f"{name}2", "encrypt,decrypt", "aes256-gcm96")
    distribute(running, "azure", azure_body, f"{name}3", "sign", "rsa-2048")
    distribute(running, "google", google_body, f"{name}4", "sign", "ecdsa-p256")
    running.stop()
    file = running.data / "credentials"
    file.write_text(f"[default]\naws_access_key_id = {user['access_key']}\naws_secret_access_key = {user['secret_key']}\n")
    running = start(f"env-{name}", AWS_SHARED_CREDENTIALS_FILE=str(file))
    distribute(running, "bare", bare, f"{name}5", "encrypt,decrypt", "aes256-gcm96")
    running.stop()
    file.unlink()
    running = start(f"env-{name}", AWS_SHARED_CREDENTIALS_FILE=str(file), AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata)
    distribute(running, "bare", bare, f"{name}6", "encrypt,decrypt", "aes256-gcm96")
    running.stop()


def test_what_the_machine_has_is_not_sent_anywhere(start, aws, user, azure, google, name):
    """Whoever may make a provider could otherwise read the environment's credentials on a server of their own."""
    elsewhere = {
        "AWS_ACCESS_KEY_ID": user["access_key"],
        "AWS_SECRET_ACCESS_KEY": user["secret_key"],
        "AZURE_TENANT_ID": TENANT,
        "AZURE_CLIENT_ID": CLIENT,
        "AZURE_CLIENT_SECRET": SECRET,
        "GOOGLE_CREDENTIALS": json.dumps(google.account()),
    }
    running = start(f"places-{name}", **elsewhere)
    # The same servers, under addresses that the settings do not name.
    providers = {
        "aws": ("awskms", REGION, {"endpoint": f"{aws.url}/"}, "encrypt,decrypt", "aes256-gcm96"),
        "authority": ("azurekeyvault", "a-vault", {"endpoint": azure.url, "authority": f"{azure.url}/"}, "sign", "rsa-2048"),
        "metadata": ("azurekeyvault", "a-vault", {"metadata": azure.url.replace("localhost", "127.0.0.1") + "/"}, "sign", "rsa-2048"),
        "google": ("gcpckms", RING, {"endpoint": f"{google.url}/"}, "sign", "ecdsa-p256"),
        "token": ("gcpckms", RING, {"endpoint": google.url, "token_uri": f"{google.url}/token/"}, "sign", "ecdsa-p256"),
    }
    before = len(azure.tokens), len(google.tokens)
    for provider, (kind, collection, credentials, purpose, type) in providers.items():
        body = {"provider": kind, "key_collection": collection, "credentials": credentials}
        with pytest.raises(exceptions.InvalidRequest, match="are not sent to"):
            distribute(running, provider, body, f"{name}{provider}", purpose, type)
    assert (len(azure.tokens), len(google.tokens)) == before
    running.stop()
