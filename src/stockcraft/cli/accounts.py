"""`stockcraft accounts`: open accounts and change their plan."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING, Any

import click

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.failures import Refusal
from stockcraft.cli.lookup import account_named

if TYPE_CHECKING:
    from django.db.models import Model

PLANS = click.Choice(["free", "plus"])


@click.group()
def accounts() -> None:
    """Open accounts and change their plan."""


@accounts.command()
@click.option("--email", required=True, help="The owner signs in with it.")
@click.option("--password", required=True, help="Of the owner, if they are new.")
@click.option("--name", default="", help="Of the account; default: from the e-mail address.")
@click.option("--plan", type=PLANS, default="free", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(email: str, password: str, name: str, plan: str, as_json: bool) -> None:
    """Open an account with its owner; prints the account's slug last."""
    ready()
    from django.db import transaction

    from stockcraft.accounts.models import Account, User

    _check(User, "email", email, _("%(email)s is no e-mail address.") % {"email": email})
    name = name.strip()
    if name:
        _check(Account, "name", name, _("That name is too long: an account’s name has at most 100 characters."))
    if not password.strip():
        raise Refusal(_("The password is empty. Give one with --password."))
    with transaction.atomic():
        known = User.objects.filter(email=email.lower()).first()
        owner = known or User.objects.create_user(email, password)
        account = Account.objects.open(name or email.split("@")[0], owner=owner, plan=plan)
    if as_json:
        output.show({"slug": account.slug, "name": account.name, "plan": account.plan, "owner": owner.email})
    else:
        words = {"name": account.name, "plan": account.plan, "email": owner.email}
        click.echo(_("%(name)s is open on %(plan)s, owned by %(email)s.") % words)
        if known:
            click.echo(
                _("%(email)s signs in with the password they already have; the one given here is not used.") % words
            )
        click.echo(account.slug)


@accounts.command("set-plan")
@click.argument("slug")
@click.argument("plan", type=PLANS)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def set_plan(slug: str, plan: str, as_json: bool) -> None:
    """Put an account on Free or Plus."""
    ready()
    from stockcraft.connections.models import Selection
    from stockcraft.syncs.models import Trigger
    from stockcraft.web.waiting import waiting_products
    from stockcraft.workflows.start import sync_connected_shops

    account = account_named(slug)
    waiting = waiting_products(account)
    account.plan = plan
    account.save(update_fields=["plan"])
    if account.holds is None:
        Selection.objects.release_waiting(account)
        if waiting:
            sync_connected_shops(account, Trigger.COMMAND)
    if as_json:
        output.show({"slug": account.slug, "name": account.name, "plan": account.plan})
    else:
        click.echo(_("%(slug)s is on %(plan)s now.") % {"slug": account.slug, "plan": plan})


def _check(model: type[Model], column: str, value: str, sentence: str) -> None:
    """Refuse with the sentence what the column cannot hold."""
    from django.core.exceptions import ValidationError

    field: Any = model._meta.get_field(column)
    try:
        field.clean(value, None)
    except ValidationError as error:
        raise Refusal(sentence) from error
