"""Every page of the application by name, each in the states worth looking at.

A new page is one line here. The walk of the browser tests then examines it, `make pages` takes its picture, and
tests/stockcraft/web/test_every_page.py fails for an address or a template that no line shows.
"""

from __future__ import annotations

from typing import NamedTuple


class Shown(NamedTuple):
    """A page: its heading in docs/pages.md, its address with values of the scene, and what it answers with."""

    title: str
    address: str
    status: int = 200


FOR_ALL = {
    "sign-in": Shown("Signing in", "/accounts/login/"),
    "sign-up": Shown("Signing up", "/accounts/signup/"),
    "password-reset": Shown("A forgotten password", "/accounts/password/reset/"),
    "password-reset-done": Shown("The link to a new password was sent", "/accounts/password/reset/done/"),
    "password-new": Shown("A new password", "/accounts/password/reset/key/{reset}/"),
    "password-new-stale": Shown("A link that was used already", "/accounts/password/reset/key/{reset}x/"),
    "password-new-done": Shown("The password was changed", "/accounts/password/reset/key/done/"),
    "inactive": Shown("A person who may not sign in", "/accounts/inactive/"),
    "help": Shown("Help", "/help/shopify-auto-sync/"),
    "help-overview": Shown("Help: Auto-Sync in short", "/help/shopify-auto-sync/overview/"),
    "help-what-is-synced": Shown("Help: what is synced", "/help/shopify-auto-sync/what-is-synced/"),
    "help-enabling": Shown("Help: turning it on", "/help/shopify-auto-sync/enabling/"),
    "help-preview": Shown("Help: looking first", "/help/shopify-auto-sync/preview/"),
    "help-history": Shown("Help: Sync History", "/help/shopify-auto-sync/history/"),
    "help-manual-sync": Shown("Help: syncing by hand", "/help/shopify-auto-sync/manual-sync/"),
    "help-limits": Shown("Help: limits of the plans", "/help/shopify-auto-sync/limits/"),
    "help-duplicates": Shown("Help: duplicates", "/help/shopify-auto-sync/duplicates/"),
    "help-schedule": Shown("Help: schedule and time zones", "/help/shopify-auto-sync/schedule/"),
    "help-troubleshooting": Shown("Help: when something goes wrong", "/help/shopify-auto-sync/troubleshooting/"),
    "help-support": Shown("Help: getting support", "/help/shopify-auto-sync/support/"),
    "error-code": Shown("What a code means", "/errors/sync.catalogue_unavailable/"),
    "install-refused": Shown("A link that Shopify did not make", "/shopify/install?shop=maple.myshopify.com", 400),
    "not-found": Shown("Nothing at an address", "/nothing-is-here/", 404),
    "not-allowed": Shown("Something for owners only", "/faults/not-allowed/", 403),
    "form-expired": Shown("A form that has expired", "/faults/form-expired/", 403),
    "our-fault": Shown("A fault of ours", "/faults/our-fault/", 500),
}

FOR_MEMBERS = {
    "home": Shown("Home", "{here}/"),
    "first-run": Shown("First steps: connect the store", "/a/empty/"),
    "first-run-sync": Shown("First steps: run the first sync", "/a/new/"),
    "first-run-live": Shown("First steps: the first sync", "/a/arriving/"),
    "first-run-auto-sync": Shown("First steps: turn on Auto-Sync", "/a/manual/"),
    "integrations-connected": Shown("Settings → Integrations", "{here}/settings/integrations/"),
    "integrations-disconnect": Shown("Disconnecting a store", "{here}/settings/integrations/?disconnect={connection}"),
    "integrations-not-connected": Shown("Integrations: not connected", "/a/empty/settings/integrations/"),
    "integrations-manual": Shown("Integrations: Auto-Sync off", "/a/manual/settings/integrations/"),
    "integrations-paused": Shown("Integrations: paused", "/a/paused/settings/integrations/"),
    "integrations-failed": Shown("Integrations: needs reconnecting", "/a/failing/settings/integrations/"),
    "integrations-syncing": Shown("Integrations: a sync runs", "/a/syncing/settings/integrations/"),
    "integrations-needs-confirmation": Shown(
        "Integrations: a sync waits for a decision", "/a/guarded/settings/integrations/"
    ),
    "connection": Shown("A connection and its health", "{here}/connections/{connection}/"),
    "connection-paused": Shown("A paused connection", "/a/paused/connections/{paused}/"),
    "connection-failed": Shown("A connection that needs reconnecting", "/a/failing/connections/{failing}/"),
    "preview": Shown("A preview of the first import", "/a/new/syncs/1/preview/"),
    "preview-live": Shown("A preview that is being made", "/a/looking/syncs/1/preview/"),
    "sync-history": Shown("Sync History", "{here}/syncs/"),
    "sync-history-none-found": Shown("Sync History: nothing found", "{here}/syncs/?status=cancelled"),
    "sync-history-empty": Shown("Sync History: no syncs yet", "/a/new/syncs/"),
    "sync-run": Shown("A sync, change by change", "{here}/syncs/{run}/"),
    "sync-run-updates": Shown("A sync: what it updated", "{here}/syncs/{run}/?kind=update"),
    "sync-run-live": Shown("A sync that runs", "/a/syncing/syncs/2/"),
    "sync-run-failed": Shown("A sync that failed", "/a/failing/syncs/2/"),
    "sync-run-needs-confirmation": Shown("A sync that waits for a decision", "/a/guarded/syncs/1/"),
    "sync-run-needs-decision": Shown("A sync with products to decide on", "/a/deciding/syncs/1/"),
    "planned-changes": Shown("Planned changes", "/a/guarded/syncs/1/planned-changes/"),
    "undo-run": Shown("Undoing a sync", "{here}/syncs/{run}/undo/"),
    "undo-run-nothing": Shown("Nothing to undo", "/a/failing/syncs/2/undo/"),
    "products": Shown("Products", "{here}/products/"),
    "products-search": Shown("A search among them", "{here}/products/?q=merino"),
    "products-none-found": Shown("A search that finds nothing", "{here}/products/?q=lavander"),
    "products-none": Shown("No products yet", "/a/empty/products/"),
    "product": Shown("A product", "{here}/products/{product}/"),
    "product-drift": Shown("A product that differs from Shopify", "{here}/products/{drifted}/"),
    "product-removed": Shown("A product removed in Shopify", "/a/paused/products/{removed}/"),
    "product-delete": Shown("Removing a product", "{here}/products/{product}/delete/"),
    "product-unlink": Shown("Unlinking a duplicate", "{here}/products/{product}/unlink/"),
    "product-merge": Shown("Merging a duplicate into the first", "{here}/products/{twin}/merge/"),
    "duplicates": Shown("Duplicates", "{here}/products/duplicates/"),
    "duplicates-none": Shown("No duplicates", "/a/empty/products/duplicates/"),
    "resolutions": Shown("What was done about duplicates", "{here}/products/resolutions/"),
    "resolutions-none": Shown("Nothing done about duplicates yet", "/a/empty/products/resolutions/"),
    "needs-decision": Shown("Needs your decision", "/a/deciding/products/needs-your-decision/"),
    "needs-decision-none": Shown("Nothing to decide", "{here}/products/needs-your-decision/"),
    "plan": Shown("Plan", "{here}/plan/"),
    "plan-plus": Shown("Plan: Plus", "/a/manual/plan/"),
    "choose-products": Shown("Choosing which products have a place", "/a/waiting/products/choose/"),
    "general": Shown("Settings → General", "{here}/settings/general/"),
    "members": Shown("Settings → Members", "{here}/settings/members/"),
    "fields": Shown("Settings → Fields", "{here}/settings/fields/"),
    "workspace-new": Shown("A new workspace", "/workspaces/new/"),
    "email": Shown("Email addresses", "/accounts/email/"),
    "confirm-email": Shown("Confirming an email address", "/accounts/confirm-email/"),
    "confirm-email-stale": Shown("A link that has expired", "/accounts/confirm-email/stale/"),
    "reauthenticate": Shown("Confirming who one is", "/accounts/reauthenticate/"),
    "password-change": Shown("Changing the password", "/accounts/password/change/"),
    "sign-out": Shown("Signing out", "/accounts/logout/"),
}


def written(pages: dict[str, Shown]) -> str:
    """docs/pages.md: each page with its picture."""
    lines = ["# Every page", "", "Each in the states worth looking at; `make pages` takes the pictures.", ""]
    for name, page in pages.items():
        lines += [f"## {page.title}", "", f"![{page.title}](images/pages/{name}.webp)", ""]
    return "\n".join(lines)
