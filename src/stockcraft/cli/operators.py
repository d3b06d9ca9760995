"""`stockcraft operators`: who may see every account of this installation, at `/operators/`."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING

import click

from stockcraft.cli import output
from stockcraft.cli.database import ready
from stockcraft.cli.failures import Refusal

if TYPE_CHECKING:
    from stockcraft.accounts.models import User


@click.group()
def operators() -> None:
    """Say who may see every account, at /operators/."""


@operators.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_operators(as_json: bool) -> None:
    """List the operators."""
    ready()
    from stockcraft.accounts.models import User

    emails = list(User.objects.filter(is_superuser=True).order_by("email").values_list("email", flat=True))
    if as_json:
        output.show({"operators": emails})
    else:
        click.echo("\n".join(emails) or _("There are no operators."))


@operators.command()
@click.argument("email")
@click.option("--password", help="Of an operator who is new; asked for when it is not given.")
def add(email: str, password: str | None) -> None:
    """Make somebody an operator, with an account of their own or without."""
    ready()
    from stockcraft.accounts.models import User

    user = User.objects.filter(email=email.lower()).first() or _new_user(email, password)
    user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])
    click.echo(_("%(email)s is an operator and finds all accounts at /operators/.") % {"email": user.email})


@operators.command()
@click.argument("email")
def remove(email: str) -> None:
    """Let somebody be an operator no longer; their accounts stay theirs."""
    ready()
    from stockcraft.accounts.models import User

    taken = User.objects.filter(email=email.lower(), is_superuser=True).update(is_staff=False, is_superuser=False)
    if not taken:
        raise Refusal(_("%(email)s is no operator.") % {"email": email})
    click.echo(_("%(email)s is an operator no longer.") % {"email": email})


def _new_user(email: str, password: str | None) -> User:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from stockcraft.accounts.models import User

    try:
        validate_email(email)
    except ValidationError as error:
        raise Refusal(_("%(email)s is no e-mail address.") % {"email": email}) from error
    password = password or click.prompt(_("Password"), hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error
    return User.objects.create_user(email, password)
