"""Finding what a command names."""

from __future__ import annotations

from gettext import gettext as _
from typing import TYPE_CHECKING

from stockcraft.cli.failures import Refusal

if TYPE_CHECKING:
    from stockcraft.accounts.models import Account
    from stockcraft.connections.models import Connection


def account_named(slug: str) -> Account:
    """The account with this slug. Raises Refusal when there is none."""
    from stockcraft.accounts.models import Account

    account = Account.objects.filter(slug=slug).first()
    if account is None:
        raise Refusal(
            _("There is no account %(slug)s. `stockcraft accounts create` opens one and prints its slug.")
            % {"slug": slug}
        )
    return account


def connection_of(account: Account, shop: str | None) -> Connection:
    """The account's connection to this shop, or its only one. Raises Refusal when that is not clear."""
    from shopsync.shopify.oauth import normalise_shop
    from stockcraft.connections.models import Connection

    open_ones = account.connections.exclude(status=Connection.Status.DISCONNECTED)
    if shop:
        domain = normalise_shop(shop)
        connection = open_ones.filter(shop_domain=domain).first()
        if connection is None:
            raise Refusal(
                _("%(slug)s is not connected to %(shop)s. `stockcraft connect` does that.")
                % {"slug": account.slug, "shop": domain}
            )
        return connection
    found = list(open_ones.order_by("shop_domain")[:2])
    if not found:
        raise Refusal(_("%(slug)s is connected to no shop. `stockcraft connect` does that.") % {"slug": account.slug})
    if len(found) > 1:
        raise Refusal(_("%(slug)s is connected to several shops; name one with --shop.") % {"slug": account.slug})
    return found[0]
