"""The link between daemon and device, with somebody who writes all of it down."""

import os
import socket
import subprocess
import threading


def unstuffed(frame):
    """A frame as it was before Consistent Overhead Byte Stuffing; nothing where it is none."""
    plain = bytearray()
    while frame:
        run = frame[0]
        if not 0 < run <= len(frame):
            return b""
        plain += frame[1:run]
        frame = frame[run:]
        if frame and run < 255:
            plain.append(0)
    return bytes(plain)


class Tap:
    """A simulator on this flash, behind a socket where a daemon finds it; `said` is all that went either way."""

    def __init__(self, directory, flash):
        self.path, self.said = directory / "tap", {"to the device": bytearray(), "from the device": bytearray()}
        self._device, theirs = socket.socketpair()
        command = [os.environ["CASEMATE_BIN"], "sim", "--flash", flash]
        self._process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL)
        theirs.close()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        host, _ = self._listener.accept()
        ways = (host, self._device, "to the device"), (self._device, host, "from the device")
        for way in ways:
            threading.Thread(target=self._pump, args=way, daemon=True).start()

    def _pump(self, source, sink, way):
        while part := source.recv(1 << 16):
            self.said[way] += part
            sink.sendall(part)

    def frames(self):
        """Each frame, as it travels and as it was before."""
        for wire in self.said.values():
            for frame in bytes(wire).split(b"\0"):
                yield frame
                yield unstuffed(frame)

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._listener.close()
