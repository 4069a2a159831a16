"""Receivers on loopback that speak the real protocols: HTTP(S), and SMTP with STARTTLS and AUTH."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, NamedTuple, Self

WAIT_SECONDS = 20.0


class Post(NamedTuple):
    path: str
    headers: Mapping[str, str]
    body: bytes


class HttpReceiver:
    """Keeps what is posted. `statuses` are answered first, one a request, then 204; `hold` keeps answers back."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self.posts: Queue[Post] = Queue()
        self.statuses: list[int] = []
        self.location: str | None = None
        self.hold = threading.Event()
        self.hold.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.posts.put(Post(self.path, {key.lower(): value for key, value in self.headers.items()}, body))
                receiver.hold.wait()
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                if receiver.location is not None:
                    self.send_header("location", receiver.location)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing: the tests read `posts`."""

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    self.close_connection = True  # the sender was killed, which tests do

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if trust is not None:
            self._server.socket = trust.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def next(self) -> Post:
        return self.posts.get(timeout=WAIT_SECONDS)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Mail(NamedTuple):
    sender: str
    recipient: str
    text: str
    encrypted: bool
    login: str | None


class SmtpReceiver:
    """A mail server (RFC 5321), offering STARTTLS (RFC 3207) with `trust`; `refuse` answers RCPT for itself."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self.mails: Queue[Mail] = Queue()
        self.refuse: Callable[[str], bytes | None] = lambda _recipient: None
        receiver = self

        class Handler(StreamRequestHandler):
            def finish(self) -> None:
                super().finish()
                self.request.close()  # the encrypted one, which the server does not know

            def handle(self) -> None:
                stream: Any = self.request.makefile("rwb", buffering=0)
                encrypted, login, sender, recipient = False, None, "", ""
                stream.write(b"220 mail.test ESMTP\r\n")
                while line := stream.readline():
                    verb, _, rest = line.decode().strip().partition(" ")
                    match verb.upper():
                        case "EHLO":
                            offered = ["mail.test", "AUTH PLAIN"]
                            offered += ["STARTTLS"] if trust is not None and not encrypted else []
                            lines = [f"250-{item}" for item in offered[:-1]] + [f"250 {offered[-1]}"]
                            stream.write("".join(f"{item}\r\n" for item in lines).encode())
                        case "STARTTLS" if trust is not None:
                            stream.write(b"220 go ahead\r\n")
                            self.request = trust.wrap_socket(self.request, server_side=True)
                            stream, encrypted = self.request.makefile("rwb", buffering=0), True
                        case "AUTH":
                            login = base64.b64decode(rest.split()[1]).decode().replace("\0", ":")
                            stream.write(b"235 welcome\r\n")
                        case "MAIL":
                            sender = rest
                            stream.write(b"250 ok\r\n")
                        case "RCPT":
                            recipient = rest
                            stream.write(receiver.refuse(rest) or b"250 ok\r\n")
                        case "DATA":
                            stream.write(b"354 go ahead\r\n")
                            text = b""
                            while (part := stream.readline()) not in (b".\r\n", b""):
                                text += part
                            receiver.mails.put(Mail(sender, recipient, text.decode(), encrypted, login))
                            stream.write(b"250 taken\r\n")
                        case "QUIT":
                            stream.write(b"221 bye\r\n")
                            return
                        case "RSET":
                            stream.write(b"250 ok\r\n")
                        case _:
                            stream.write(b"502 not known\r\n")

        class Server(ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A sender that does not trust the certificate breaks off, which tests do."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def next(self) -> Mail:
        return self.mails.get(timeout=WAIT_SECONDS)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
