"""How log lines look: for people at a terminal, or a JSON object each for a collector."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.typing import EventDict

from stockcraft.lib.redaction import redacted

FORMATS = ("line", "json")


def formatters() -> dict[str, Any]:
    """The formatters by name, for ``logging.config``. JSON lines carry what is bound around them, such as the run."""
    return {
        "line": {
            "()": "stockcraft.lib.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_secrets,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        },
    }


def _without_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {key: redacted(value) if isinstance(value, str) else value for key, value in event.items()}
