"""How log lines look: readable for people (`console`) or one JSON object a line (`json`)."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import structlog

ACCESS = "project.access"  # the logger of the web process's requests

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def config(log_format: str) -> dict[str, Any]:
    """The `LOGGING` dictionary for "console" or "json"."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": Lines,
                "as_json": log_format == "json",
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    _cut,
                    renderer,
                ],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # These would write addresses, and with them tokens, at INFO (F-156).
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "telegram": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "celery.redirected": {"level": "WARNING"},
        },
    }


class Lines(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter, with a short way for requests: their line is written for every webhook."""

    def __init__(self, *, as_json: bool, **options: Any) -> None:
        super().__init__(**options)
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        if record.name != ACCESS:
            return super().format(record)
        facts: dict[str, Any] = record.__dict__
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "timestamp": time.replace("+00:00", "Z"),
            "level": "info",
            "event": "request",
            "method": _safe(facts["method"]),
            "path": _safe(facts["path"]),
            "status": facts["status"],
            "ms": facts["ms"],
            "request_id": facts["request_id"],
        }
        return json.dumps(line) if self._as_json else " ".join(str(one) for one in line.values())


def _cut(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Control characters escaped and values cut to 1 KB, so that no value can forge a line (F-159)."""
    for key, value in event.items():
        # A traceback is our own text and keeps its lines.
        if isinstance(value, str) and key != "exception":
            event[key] = _safe(value)
    return event


def _safe(value: str) -> str:
    cut = value if len(value) <= 1024 else value[:1024] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)
