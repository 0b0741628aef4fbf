"""What the fakes share: HTTP or HTTPS on a port of the system's choice, one handler for all methods, JSON in and out."""

import functools
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Broken(Exception):
    """The connection ends here, without an answer."""


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status, body, headers=None):
        super().__init__(body)
        self.status, self.body, self.headers = status, body, headers or {}


def unwrap(private, hash, blob):
    """CKM_RSA_AES_KEY_WRAP: RSA-OAEP of an AES key, then the key wrapped with it by RFC 5649."""
    size = private.key_size // 8
    between = private.decrypt(blob[:size], padding.OAEP(padding.MGF1(hash), hash, None))
    assert len(between) == 32, "the key between is AES-256"
    return keywrap.aes_key_unwrap_with_padding(between, blob[size:])


@functools.cache
def spare_key(bits):
    """An RSA key that imports are wrapped for: one of each size will do for all of them."""
    return rsa.generate_private_key(65537, bits)


def private_key(pkcs8):
    """Without proofs that its numbers are primes, which take longer than all the rest; it must fit its public key."""
    return serialization.load_der_private_key(pkcs8, None, unsafe_skip_rsa_key_validation=True)


class Quiet(ThreadingHTTPServer):
    """Whoever hangs up may do so."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Fake:
    """A server in a thread. `answer(method, path, query, headers, body)` gives JSON or raises a Refusal. `before(method, path)`
    and `after(method, path)` may raise too; what they raise replaces the answer."""

    def __init__(self, directory: Path | None, name):
        """Where there is a directory, the certificate is in there; without one it is plain HTTP."""
        self.complaints = []
        self.headers = {}
        self.reset()
        self.lock = threading.Lock()
        self._server = Quiet(("127.0.0.1", 0), self._handler())
        scheme, host = "http", "127.0.0.1"
        if directory:
            scheme, host = "https", "localhost"
            self._server.socket = self._tls(directory, name).wrap_socket(self._server.socket, server_side=True)
        self.host = f"{host}:{self._server.server_port}"
        self.url = f"{scheme}://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self):
        self.before = self.after = lambda method, path: None

    def _tls(self, directory, name):
        certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subject += ["-addext", "basicConstraints=critical,CA:FALSE"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", *subject]
            + ["-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        self.certificate = certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def _handler(fake):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                target = urlsplit(self.path)
                try:
                    status, answer, headers = fake._respond(self.command, target, self.headers, body)
                except Broken:
                    self.close_connection = True
                    return
                answer = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                own = {"content-type": "application/json", "content-length": str(len(answer)), **fake.headers}
                for name, value in {**own, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        return Handler

    def _respond(self, method, target, headers, body):
        try:
            self.before(method, target.path)
            with self.lock:
                answer = self.answer(method, target.path, dict(parse_qsl(target.query)), headers, body)
            self.after(method, target.path)
            return 200, answer, {}
        except Refusal as refusal:
            return refusal.status, refusal.body, refusal.headers
        except Broken:
            raise
        except Exception as error:
            # Whatever the specification does not allow: the test looks at it, too.
            self.complaints.append(f"{method} {target.path}: {error!r}")
            return 500, {"error": {"code": "500", "message": repr(error)}}, {}

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        assert self.complaints == []
