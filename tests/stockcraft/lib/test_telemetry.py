"""Spans reach a real OTLP receiver where the environment asks for them; else OpenTelemetry is not even imported."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from real_processes import TOKEN, ShopProcess, environment, shop
from stockcraft.accounts.models import Account, User
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun

pytestmark = pytest.mark.django_db(transaction=True)

ERROR = 2
SYNC = """
import sys, django; django.setup()
from stockcraft.cli.main import cli
cli(["sync", "--account", sys.argv[1]], standalone_mode=False)
print("imported", [name for name in sys.modules if name.startswith("opentelemetry")])
"""
LOG = """
import logging, django; django.setup()
from stockcraft.lib import telemetry
with telemetry.span("outer"), telemetry.span("inner"):
    logging.getLogger("stockcraft").error("hello")
"""


class Receiver:
    """Answers `/v1/traces` as a collector does, and keeps what it was sent."""

    def __init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append((self.path, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None: ...

        self.bodies: list[tuple[str, bytes]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self) -> list[Span]:
        """All of them, from the protobuf that came."""
        assert {path for path, _body in self.bodies} == {"/v1/traces"}
        requests = [ExportTraceServiceRequest.FromString(body) for _path, body in self.bodies]
        names = {
            attribute.value.string_value
            for request in requests
            for resource in request.resource_spans
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }
        assert names == {"stockcraft"}
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(scope="module")
def there() -> Iterator[ShopProcess]:
    with shop("--products", "30", "--variants", "2", "--no-throttle") as process:
        yield process


@pytest.fixture
def connection(there: ShopProcess) -> Connection:
    there.fault(internal_error=0)
    account = Account.objects.open("Traced", owner=User.objects.create_user("alice@example.com", "pw"))
    return Connection.objects.create(
        account=account, shop_domain="traced.myshopify.com", access_token=TOKEN, grant="pasted", base_url=there.url
    )


def called(code: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    settled = environment(DJANGO_SETTINGS_MODULE="stockcraft.settings", **more)
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, env=settled, capture_output=True, text=True, timeout=60, check=False)


def attributes(span: Span) -> dict[str, Any]:
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes}


def test_a_run_its_steps_and_its_requests_arrive_as_one_trace_without_secrets_or_products(
    connection: Connection, there: ShopProcess, receiver: Receiver
) -> None:
    there.fault(internal_error=1)

    done = called(SYNC, connection.account.slug, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)

    assert done.returncode == 0, done.stderr
    run = SyncRun.objects.get()
    spans = receiver.spans()
    by_id = {span.span_id: span for span in spans}
    (whole,) = [span for span in spans if not span.parent_span_id]
    told = attributes(whole)
    assert (whole.name, told["stockcraft.run"], told["stockcraft.status"]) == ("sync run", run.pk, "succeeded")
    assert {span.trace_id for span in spans} == {whole.trace_id}
    steps = [span for span in spans if span.name.startswith("step ")]
    assert {"step choose", "step read", "step sweep"} <= {step.name for step in steps}
    assert {by_id[step.parent_span_id].name for step in steps} == {"sync run"}
    requests = [span for span in spans if span.name.startswith("shopify ")]
    assert len(requests) == run.requests
    assert all(by_id[request.parent_span_id].name.startswith("step ") for request in requests)
    (failed,) = [request for request in requests if request.status.code == ERROR]
    assert attributes(failed)["error.type"] == "Unavailable"
    sent = b"".join(body for _path, body in receiver.bodies)
    titles = [product["title"].encode() for product in there.products()]
    assert titles
    assert not [secret for secret in (TOKEN.encode(), *titles) if secret in sent]


def test_a_line_logged_within_a_span_carries_the_traces_id(receiver: Receiver) -> None:
    done = called(LOG, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, STOCKCRAFT_LOG_FORMAT="json")

    (line,) = done.stderr.splitlines()
    assert {span.trace_id.hex() for span in receiver.spans()} == {json.loads(line)["trace_id"]}


@pytest.mark.parametrize(
    "asked", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}]
)
def test_nothing_is_imported_where_nobody_asks_for_spans(connection: Connection, asked: dict[str, str]) -> None:
    done = called(SYNC, connection.account.slug, **asked)

    assert done.stdout.splitlines()[-1] == "imported []"


def test_a_collector_that_is_away_stops_no_sync(connection: Connection) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}

    assert called(SYNC, connection.account.slug, **away).returncode == 0

    assert SyncRun.objects.get().status == SyncRun.Status.SUCCEEDED


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin'"),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf"),
    ],
)
def test_what_cannot_be_had_is_said_at_the_start(asked: dict[str, str], sentence: str) -> None:
    done = called("import django; django.setup()", **asked)

    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]
