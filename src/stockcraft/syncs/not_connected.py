"""Why a shop could not be connected, and what to do. No sync has begun, so the words for a failed one would mislead."""

from __future__ import annotations

from django.utils.translation import gettext as _

from stockcraft.syncs.reasons import reason_for


def why_not_connected(code: str) -> str:
    """What was wrong when connecting ended with this failure's code, in the reader's language."""
    match code:
        case "shopify.unauthorized":
            return _(
                "Shopify did not accept this access, so nothing was connected. Copy the token, or the app’s client ID "
                "and secret, from Shopify again, or approve access once more."
            )
        case "shopify.missing_scope":
            return _(
                "Shopify did not give us permission to read products, so nothing was connected. Give the app or the "
                "token the permission “read_products” and leave it allowed, then connect again."
            )
        case "shopify.unavailable":
            return _(
                "The store did not answer, so nothing was connected. Check the address and the network, then try again "
                "in some minutes."
            )
        case "shopify.throttled":
            return _("Shopify is busy, so nothing was connected. Try again in some minutes.")
        case "shopify.store_paused":
            return _(
                "This store is paused or closed, so nothing was connected. Reactivate it in Shopify, then connect it."
            )
        case "shopify.store_locked":
            return _(
                "Shopify has locked this store, so nothing was connected. Contact Shopify support to unlock it, then "
                "connect it."
            )
    reason = reason_for(code)
    return f"{reason.headline}. {reason.what_to_do}"
