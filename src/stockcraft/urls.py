"""Every address of the web application."""

from django.urls import include, path

from stockcraft.web import (
    connect,
    connection,
    duplicates,
    error_pages,
    general,
    health,
    help,
    history,
    home,
    install,
    integrations,
    metrics,
    needs_decision,
    ownership,
    plan,
    planned_changes,
    preferences,
    product,
    products,
    run,
    sync_actions,
    undo,
    webhooks,
)

handler403 = "stockcraft.web.errors.forbidden"
handler404 = "stockcraft.web.errors.not_found"
handler500 = "stockcraft.web.errors.server_error"

# Everything of one account; each view stands inside `tenant`, which makes sure that the reader is a member.
account_urls = [
    path("", home.workspace, name="workspace"),
    path("first-run/", home.skip_first_run, name="skip_first_run"),
    path("products/", products.products, name="products"),
    path("products.csv", products.products_csv, name="products_csv"),
    path("products/duplicates/", duplicates.duplicates, name="duplicates"),
    path("products/needs-your-decision/", needs_decision.needs_decision, name="needs_decision"),
    path("products/<int:product_id>/", product.product, name="product"),
    path("products/<int:product_id>/costs/", product.variant_costs, name="variant_costs"),
    path("products/<int:product_id>/fields/", ownership.product_fields, name="product_fields"),
    path("products/<int:product_id>/delete/", product.delete_product, name="delete_product"),
    path("products/<int:product_id>/unlink/", duplicates.unlink_product, name="unlink_product"),
    path("syncs/", history.history, name="history"),
    path("syncs.csv", history.history_csv, name="history_csv"),
    path("syncs.json", history.history_json, name="history_json"),
    path("syncs/<int:number>/", run.run, name="run"),
    path("syncs/<int:number>.csv", run.run_csv, name="run_csv"),
    path("syncs/<int:number>/planned-changes/", planned_changes.planned_changes, name="planned_changes"),
    path("syncs/<int:number>.json", run.run_json, name="run_json"),
    path("syncs/<int:number>/undo/", undo.undo_run, name="undo_run"),
    path("syncs/<int:number>/go-on/", undo.go_on, name="go_on"),
    path("syncs/<int:number>/cancel/", sync_actions.stop_sync, name="stop_sync"),
    path("connections/<int:connection_id>/", connection.connection, name="connection"),
    path("connections/<int:connection_id>/pause/", connection.pause_shop, name="pause_shop"),
    path("connections/<int:connection_id>/check/", connection.check_connection, name="check_connection"),
    path("connections/<int:connection_id>/runs/", sync_actions.start_sync, name="start_sync"),
    path("connections/<int:connection_id>/auto-sync/", connect.auto_sync, name="auto_sync"),
    path("connections/<int:connection_id>/reconnect/", connect.reconnect_shop, name="reconnect_shop"),
    path("connections/<int:connection_id>/disconnect/", connect.disconnect_shop, name="disconnect_shop"),
    path("settings/general/", general.general, name="general"),
    path("settings/members/", general.members, name="members"),
    path("settings/fields/", ownership.field_rules, name="field_rules"),
    path("settings/integrations/", integrations.integrations, name="integrations"),
    path("settings/integrations/shopify/", connect.connect_shop, name="connect_shop"),
    path("settings/integrations/shopify/own-app/", connect.connect_own_app, name="connect_own_app"),
    path("settings/integrations/shopify/token/", connect.connect_token, name="connect_token"),
    path("plan/", plan.plan, name="plan"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("workspaces/new/", home.new_workspace, name="new_workspace"),
    path("a/<slug:account_slug>/", include(account_urls)),
    path("accounts/", include("allauth.account.urls")),
    path("shopify/install", install.shopify_install, name="shopify_install"),
    path("shopify/install/onward/", install.shopify_install_onward, name="shopify_install_onward"),
    path("shopify/callback/", connect.shopify_callback, name="shopify_callback"),
    # Without a slash at the end: a redirect would count as a failed delivery.
    path("shopify/webhooks", webhooks.shopify_webhooks, name="shopify_webhooks"),
    path("language/<slug:code>/", preferences.language, name="language"),
    path("preferences/time-zone/", preferences.time_zone, name="time_zone"),
    path("preferences/times/", preferences.times, name="times"),
    path("errors/<str:code>/", error_pages.error_page, name="error_page"),
    path("help/shopify-auto-sync/", help.help_page, name="help"),
    path("help/shopify-auto-sync/<slug:slug>/", help.help_page, name="help_topic"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
