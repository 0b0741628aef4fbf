"""Stands between the daemon and MiniStack: sees each call, can stop it, lose its answer, or change either."""

import json
import threading
from http.server import BaseHTTPRequestHandler

import requests

from .server import Broken, Quiet


class Proxy:
    """`before(operation, body)` and `after(operation, body, answer)` may raise: then the connection ends without an answer.
    What they return replaces the answer."""

    def __init__(self, upstream):
        self.calls, self.made = [], {}
        self.reset()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                operation = self.headers["x-amz-target"].removeprefix("TrentService.")
                proxy.calls.append(operation)
                try:
                    proxy.before(operation, json.loads(body))
                    # The signature covers the host that the daemon knows.
                    reply = requests.post(upstream, data=body, headers=dict(self.headers), timeout=30)
                    if operation == "CreateKey" and reply.ok:
                        metadata = reply.json()["KeyMetadata"]
                        proxy.made[metadata["KeyId"]] = metadata["Description"]
                    answer = proxy.after(operation, json.loads(body), reply.content)
                except Broken:
                    self.close_connection = True
                    return
                self.send_response(reply.status_code)
                self.send_header("content-type", "application/x-amz-json-1.1")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self):
        self.before = lambda operation, body: None
        self.after = lambda operation, body, answer: answer

    def keys(self, kms, name):
        """The keys that the daemon has made here for a key of ours: identifier to state."""
        ours = [id for id, description in self.made.items() if description.startswith(f"{name}-")]
        return {id: kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"] for id in ours}

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
