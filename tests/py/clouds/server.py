"""What the fakes share: HTTPS on a port of the system's choice, one handler for all methods, JSON in and out."""

import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding


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


class Fake:
    """A server in a thread. `answer(method, path, query, headers, body)` gives JSON or raises a Refusal."""

    def __init__(self, directory: Path, name):
        self.complaints = []
        self.before = lambda method, path: None
        self.lock = threading.Lock()
        certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subject += ["-addext", "basicConstraints=critical,CA:FALSE"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
            + ["-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        self.certificate = certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(fake):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                target = urlsplit(self.path)
                status, answer, headers = fake._respond(self.command, target, self.headers, body)
                answer = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"content-type": "application/json", "content-length": str(len(answer)), **headers}.items():
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
                return 200, self.answer(method, target.path, dict(parse_qsl(target.query)), headers, body), {}
        except Refusal as refusal:
            return refusal.status, refusal.body, refusal.headers
        except Exception as error:
            # Whatever the specification does not allow: the test looks at it, too.
            self.complaints.append(f"{method} {target.path}: {error!r}")
            return 500, {"error": {"code": "500", "message": repr(error)}}, {}

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        assert self.complaints == []
