"""A line to a mail server that cannot hold anybody up, and that carries nothing in the clear.

Law of the file: before every single read and write the stopwatch is asked, so that neither silence nor a server that
lets its words drip, nor one that never comes to an end, gets more than its seconds. A line is secret from its first
byte, or made so before anything is said on it that matters; where it cannot be, there is no line.
"""

from __future__ import annotations

import smtplib
import socket
import ssl

from automated_trading.adapters.stopwatch import Stopwatch

STARTTLS_PORT = 587
_SLICE = 16 * 1024
_LONGEST_LINE = 8 * 1024
_ADDRESS_LITERAL = "[127.0.0.1]"
"""How the desk greets: the host's own name would be looked up, and is nobody's business."""


class MailLine(smtplib.SMTP):
    """A greeted, secret line. Raises OSError, smtplib's own among them, wherever that fails."""

    def __init__(self, host: str, port: int, watch: Stopwatch) -> None:
        self._watch = watch
        self._context = ssl.create_default_context()
        self._implicit = port != STARTTLS_PORT
        super().__init__(host, port, local_hostname=_ADDRESS_LITERAL)
        try:
            if not self._implicit:
                self.starttls(context=self._context)
            self.ehlo_or_helo_if_needed()
        except OSError:
            self.close()
            raise

    def _get_socket(self, host: str, port: int, timeout: object) -> socket.socket:
        """Connected, and wrapped before the first byte unless STARTTLS is to come."""
        plain = self._connected(host, port)
        if not self._implicit:
            return plain
        try:
            plain.settimeout(self._watch.left())
            return self._context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise

    def _connected(self, host: str, port: int) -> socket.socket:
        """On the first of the host's addresses that answers; all of them together have the stopwatch's time."""
        trouble = OSError("it has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            plain = socket.socket(family, kind, protocol)
            try:
                plain.settimeout(self._watch.left())
                plain.connect(address)
            except OSError as problem:
                plain.close()
                trouble = problem
            else:
                return plain
        raise trouble

    def getreply(self) -> tuple[int, bytes]:
        """An answer, read under the stopwatch."""
        if self.file is None and self.sock is not None:
            self.file = _Reader(self.sock, self._watch)
        return super().getreply()

    def send(self, s: object) -> None:
        """Say something, in slices under the stopwatch."""
        words = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)  # type: ignore[call-overload]
        for start in range(0, len(words), _SLICE):
            if self.sock is not None:
                try:
                    self.sock.settimeout(self._watch.left())
                except TimeoutError:
                    self.close()
                    raise smtplib.SMTPServerDisconnected("timed out") from None
            super().send(words[start : start + _SLICE])


class _Reader:
    """What `smtplib` reads lines from."""

    def __init__(self, sock: socket.socket, watch: Stopwatch) -> None:
        self._sock = sock
        self._watch = watch
        self._rest = b""

    def readline(self, _most: int) -> bytes:
        """The next line, "" at the end; a line without end is cut, for `smtplib` to refuse."""
        while b"\n" not in self._rest and len(self._rest) <= _LONGEST_LINE:
            self._sock.settimeout(self._watch.left())
            more = self._sock.recv(_LONGEST_LINE)
            if not more:
                return b""
            self._rest += more
        self._watch.left()
        end = self._rest.find(b"\n") + 1 or len(self._rest)
        line, self._rest = self._rest[:end], self._rest[end:]
        return line

    def close(self) -> None:
        """Nothing of its own to close."""
