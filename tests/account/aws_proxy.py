"""A proxy that makes a sandbox look like AWS: responses come from amazonaws.com, without the sandbox's header."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from labs.aws.session import SANDBOX_HEADER
from labs.sandbox.control import Sandbox

AWS_URL = "http://aws.eu-west-1.amazonaws.com"
"""The endpoint that the AWS CLI and boto3 use; the proxy answers all requests to it."""
NOT_PASSED_ON = {SANDBOX_HEADER, "content-length", "connection", "transfer-encoding", "date", "server"}


@contextmanager
def aws_proxy(sandbox: Sandbox) -> Iterator[str]:
    """The address of the proxy, for HTTP_PROXY."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            """Asks the sandbox the same and gives its answer."""
            address = urlsplit(self.path)
            path = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {
                name: value for name, value in self.headers.items() if name.lower() != "proxy-connection"
            }
            headers["Host"] = f"127.0.0.1:{sandbox.port}"
            connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
            connection.request(self.command, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in NOT_PASSED_ON:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Keeps no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
