"""The four kinds of provider, seen alike: what each holds of a key, and a daemon that is killed at a change it makes there."""

import itertools

import pkcs11

from .ministack import REGION
from .proxy import Proxy
from .server import Broken

CHANGES = {"CreateKey", "ImportKeyMaterial", "CreateAlias", "UpdateAlias", "DisableKey", "EnableKey", "DeleteAlias", "ScheduleKeyDeletion"}


class Killer:
    """Ends the daemon right after the `at`th change that it makes; after that nothing is answered."""

    def __init__(self, at, kill):
        self.at, self.kill, self.count, self.fired = at, kill, itertools.count(), False

    def change(self):
        if self.fired or next(self.count) == self.at:
            if not self.fired:
                self.fired = True
                self.kill()
            raise Broken


class Aws:
    type, purpose = "aes256-gcm96", "encrypt,decrypt"
    # Of a removal and a rotation, every so manieth change is tried: a rotation brings a version by the steps of a distribution.
    strides = 1, 2

    def __init__(self, aws, user):
        self.aws, self.proxy = aws, Proxy(aws.url)
        credentials = {**user, "endpoint": self.proxy.url}
        self.body = {"provider": "awskms", "key_collection": REGION, "credentials": credentials}

    def arm(self, at, kill):
        killer = Killer(at, kill)

        def after(operation, body, answer):
            if operation in CHANGES:
                killer.change()
            return answer

        self.proxy.after = after
        return lambda: killer.fired

    def disarm(self):
        self.proxy.reset()

    def held(self, name):
        """What there is of a key: identifier to whether it can be used."""
        states = self.proxy.keys(self.aws.client("kms"), name)
        return {id: state == "Enabled" for id, state in states.items() if state != "PendingDeletion"}

    def litter(self):
        """What only imports need."""
        return []

    def stop(self):
        self.proxy.stop()


class Faked:
    """A cloud that is a fake of ours."""

    strides = 1, 2

    def __init__(self, fake, body):
        self.fake, self.body = fake, body

    def arm(self, at, kill):
        killer = Killer(at, kill)

        def after(method, path):
            if method != "GET" and not path.endswith("/token"):
                killer.change()

        self.fake.after = after
        return lambda: killer.fired

    def disarm(self):
        self.fake.reset()

    def stop(self):
        self.disarm()


class Azure(Faked):
    type, purpose = "rsa-2048", "sign,verify"

    def held(self, name):
        keys = [versions for held, versions in self.fake.keys.items() if held.startswith(f"{name}-")]
        return {version["version"]: version["enabled"] for versions in keys for version in versions}

    def litter(self):
        return list(self.fake.exchange)


class Google(Faked):
    type, purpose = "aes256-gcm96", "encrypt,decrypt"

    def held(self, name):
        keys = [key["versions"] for held, key in self.fake.keys.items() if held.startswith(f"{name}-")]
        states = {id: version["state"] for versions in keys for id, version in versions.items()}
        return {id: state == "ENABLED" for id, state in states.items() if not state.startswith("DESTROY")}

    def litter(self):
        """Google deletes no import job."""
        return []


class Token:
    type, purpose = "ecdsa-p256", "sign,verify"
    # It makes a pair for each import, which takes its time.
    strides = 2, 3

    def __init__(self, token, witness, body):
        self.token, self.order = token, witness.parent / "kill"
        self.body = {**body, "credentials": {**body["credentials"], "module": str(witness)}}
        self.library = pkcs11.lib(token["module"])

    def arm(self, at, kill):
        self.order.write_text(f"{at} 1\n")
        return lambda: self.order.read_text().startswith("-1 ")

    def disarm(self):
        self.order.unlink()

    def objects(self, wanted):
        """SoftHSM keeps what it has read, until it is begun anew."""
        self.library.reinitialize()
        with self.library.get_token(token_label=self.token["label"]).open(user_pin=self.token["pin"]) as session:
            return [
                (item[pkcs11.Attribute.LABEL], item[pkcs11.Attribute.ID].hex(), item[pkcs11.Attribute.SIGN])
                for item in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})
                if item[pkcs11.Attribute.LABEL].startswith(wanted)
            ]

    def held(self, name):
        return {id: usable for _, id, usable in self.objects(f"{name}-")}

    def litter(self):
        return self.objects("casemate transport")

    def stop(self):
        self.order.unlink(missing_ok=True)
