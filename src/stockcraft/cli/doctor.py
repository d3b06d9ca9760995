"""`stockcraft doctor`: what is wrong with this installation and its connections, and what to do."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING

import click

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.failures import OK, STOP
from stockcraft.cli.lookup import account_named

if TYPE_CHECKING:
    from stockcraft.connections.models import Connection
    from stockcraft.syncs.doctor import Finding


@click.command()
@click.option("--account", "slug", help="Look at this account's connections only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(slug: str | None, as_json: bool) -> int:
    """Look at every open connection and say, for each fault, what to do. Ends with 65 where there is one."""
    ready()
    from stockcraft.connections.models import Connection
    from stockcraft.syncs.doctor import ask_around, examine

    connections = Connection.objects.exclude(status=Connection.Status.DISCONNECTED).select_related("account")
    if slug:
        connections = connections.filter(account=account_named(slug))
    found = {connection: [*examine(connection), *ask_around(connection)] for connection in connections.order_by("pk")}
    if as_json:
        output.show([_as_data(connection, findings) for connection, findings in found.items()])
    else:
        for connection, findings in found.items():
            _tell(connection, findings)
        if not found:
            click.echo(_("There is no connected shop. `stockcraft connect` connects one."))
    faults = [finding for findings in found.values() for finding in findings if finding.is_fault]
    return STOP if faults else OK


def _tell(connection: Connection, findings: list[Finding]) -> None:
    click.echo(f"{connection.shop_domain} ({connection.account.slug})")
    for finding in findings:
        mark = "✗" if finding.is_fault else "✓"
        at = f"{finding.at:%Y-%m-%d %H:%M} UTC" if finding.at else ""
        click.echo(f"  {mark} {finding.subject}: {' '.join(filter(None, (str(finding.state), at)))}")
        if finding.is_fault:
            click.echo(f"      {finding.remedy}")


def _as_data(connection: Connection, findings: list[Finding]) -> dict[str, object]:
    return {
        "shop": connection.shop_domain,
        "account": connection.account.slug,
        "findings": [
            {
                "code": finding.code,
                "state": str(finding.state),
                "at": finding.at,
                "fault": finding.is_fault,
                "remedy": str(finding.remedy) or None,
            }
            for finding in findings
        ],
    }
