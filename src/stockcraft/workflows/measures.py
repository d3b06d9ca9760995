"""What an operator watches, counted from rows at the moment of asking, in Prometheus' words.

Any web process answers for the whole installation, and none has to remember anything.
https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection as database
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stockcraft.workflows.pressure import connections_left

HOUR = 3600
# Seconds since a connection's last success; after 26 hours a daily sync has failed to come.
SUCCESS_AGES = (HOUR, 6 * HOUR, 26 * HOUR, 50 * HOUR, 7 * 24 * HOUR)
# Seconds that a token which ends still has.
TOKEN_LEFT = (0, HOUR // 4, HOUR, 24 * HOUR, 30 * 24 * HOUR)

RUNS = """
    SELECT status, count(*) FROM syncs_syncrun
     WHERE status IN ('queued', 'running') OR finished_at > now() - interval '1 day' GROUP BY status
"""
QUEUES = """
    SELECT job.queue_name, count(*),
           coalesce(extract(epoch FROM now() - min(coalesce(job.scheduled_at, run.requested_at))), 0)
      FROM procrastinate_jobs AS job LEFT JOIN syncs_syncrun AS run ON run.id = (job.args->>'run_id')::bigint
     WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now()) GROUP BY job.queue_name
"""
LAST_HOUR = """
    SELECT coalesce(sum(products_read), 0),
           coalesce(sum(products_read) / nullif(sum(extract(epoch FROM finished_at - started_at)), 0), 0),
           coalesce(sum(requests), 0), coalesce(sum(api_points), 0)
      FROM syncs_syncrun WHERE finished_at > now() - interval '1 hour'
"""
NOW = """
    SELECT (SELECT count(*) FROM syncs_syncrun WHERE status IN ('queued', 'running') AND waiting_until > now()),
           (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)),
           (SELECT coalesce(extract(epoch FROM now() - min(next_sync_at)), 0) FROM connections_connection
             WHERE auto_sync AND status = 'connected' AND next_sync_at < now())
"""
CONNECTIONS = "SELECT status, count(*) FROM connections_connection GROUP BY status"
SUCCESSES = """
    SELECT width_bucket(extract(epoch FROM now() - last_success_at), %s::numeric[]), count(*)
      FROM connections_connection
     WHERE auto_sync AND status = 'connected' AND last_success_at IS NOT NULL GROUP BY 1
"""
TOKENS = """
    SELECT width_bucket(extract(epoch FROM token_expires_at - now()), %s::numeric[]), count(*)
      FROM connections_connection WHERE status = 'connected' AND token_expires_at IS NOT NULL GROUP BY 1
"""


def exposition() -> bytes:
    """Everything measured, as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(Installation())
    return generate_latest(registry)


class Installation(Collector):
    """Counts the rows of this installation: ten small questions."""

    def collect(self) -> Iterator[Metric]:
        """Each measure once. Raises DatabaseError when the database does not answer."""
        yield _by("stockcraft_runs", "Syncs live now or ended within a day, by status.", "status", _ask(RUNS))
        queues = _ask(QUEUES)
        waiting, oldest = [(name, count) for name, count, _age in queues], [(name, age) for name, _count, age in queues]
        yield _by("stockcraft_queue_jobs", "Jobs that wait and may start now, by queue.", "queue", waiting)
        yield _by("stockcraft_queue_age_seconds", "How long the oldest of them has waited.", "queue", oldest)
        read, speed, requests, points = _ask(LAST_HOUR)[0]
        yield _one("stockcraft_products_read_last_hour", "Products read by syncs that ended within an hour.", read)
        yield _one("stockcraft_products_per_second", "Products a second of those syncs, each by itself.", speed)
        yield _one("stockcraft_requests_last_hour", "Requests to Shopify by those syncs.", requests)
        yield _one("stockcraft_api_points_last_hour", "Points of Shopify’s query cost they used.", points)
        throttled, workers, late = _ask(NOW, [settings.STALLED_AFTER])[0]
        yield _one("stockcraft_runs_waiting", "Live syncs that wait for Shopify or for their next try.", throttled)
        yield _one("stockcraft_workers", "Queue workers that live; each process has two.", workers)
        yield _one("stockcraft_schedule_late_seconds", "How long the most overdue daily sync has waited.", late)
        yield _one("stockcraft_database_connections_left", "That the database still takes.", connections_left())
        yield _by("stockcraft_connections", "Connections by status.", "status", _ask(CONNECTIONS))
        yield _buckets("stockcraft_last_success_age_seconds", "Since a shop’s last success.", SUCCESSES, SUCCESS_AGES)
        yield _buckets("stockcraft_token_left_seconds", "That each token which ends still has.", TOKENS, TOKEN_LEFT)


def _ask(question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(question, values or None)
        return cursor.fetchall()


def _one(name: str, meaning: str, value: Any) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _by(name: str, meaning: str, label: str, rows: Sequence[tuple[Any, ...]]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in rows:
        family.add_metric([key], float(value))
    return family


def _buckets(name: str, meaning: str, question: str, edges: Sequence[int]) -> Metric:
    """How many lie at or below each edge, as Prometheus counts buckets."""
    found = dict(_ask(question, [list(edges)]))
    family = GaugeMetricFamily(f"{name}_bucket", meaning, labels=["le"])
    total = 0
    for number, edge in enumerate([*(str(float(edge)) for edge in edges), "+Inf"]):
        total += found.get(number, 0)
        family.add_metric([edge], float(total))
    return family
