"""Spans for OpenTelemetry, where the operator's environment asks for them; else nothing is imported and nothing done.

The standard variables decide: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`,
`OTEL_TRACES_EXPORTER`, `OTEL_SDK_DISABLED`; the SDK reads the others by itself. Spans carry names, numbers and the
kind of what went wrong, never a message, a token or anything of a product's.
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from stockcraft.lib.env import ConfigError, flag

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


@functools.cache
def wanted() -> bool:
    """Whether the environment asks for spans. Raises ConfigError where it asks for what there is not."""
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "")
    if exporter not in ("", "none", "otlp"):
        raise ConfigError(f"OTEL_TRACES_EXPORTER is {exporter!r}; StockCraft sends spans by otlp, or none.")
    asked = exporter == "otlp" or (not exporter and any(os.environ.get(name) for name in ENDPOINTS))
    if not asked or flag("OTEL_SDK_DISABLED"):
        return False
    protocol = next((os.environ[name] for name in PROTOCOLS if os.environ.get(name)), "http/protobuf")
    if protocol != "http/protobuf":
        raise ConfigError(f"Spans are sent by http/protobuf, and OTEL_EXPORTER_OTLP_PROTOCOL says {protocol!r}.")
    if not importlib.util.find_spec("opentelemetry") or not importlib.util.find_spec("opentelemetry.exporter"):
        raise ConfigError("OpenTelemetry is asked for and not installed: pip install 'stockcraft[otel]'.")
    return True


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """A span around a block, within the one that is open. What ends the block by an error ends it as that kind of
    error. Lines logged meanwhile carry the trace's id."""
    return _span(name, attributes) if wanted() else nullcontext()


def note(**attributes: str | int) -> None:
    """Add to the span that is open."""
    if wanted():
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes({f"stockcraft.{name}": value for name, value in attributes.items()})


@contextmanager
def _span(name: str, attributes: dict[str, str | int]) -> Iterator[None]:
    from opentelemetry.trace import Status, StatusCode

    named = {f"stockcraft.{key}": value for key, value in attributes.items()}
    with _tracer().start_as_current_span(
        name, attributes=named, record_exception=False, set_status_on_exception=False
    ) as opened:
        trace_id = format(opened.get_span_context().trace_id, "032x")
        with bound_contextvars(trace_id=trace_id):
            try:
                yield
            except BaseException as error:
                opened.set_attribute("error.type", type(error).__name__)
                opened.set_status(Status(StatusCode.ERROR))
                raise


@functools.cache
def _tracer() -> Tracer:
    """One for the process; what waits to be sent is sent by a thread of the SDK's, and when the process ends."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create()
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "stockcraft"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("stockcraft")
