"""A small page to edit the shop by hand and to switch faults on, so that a person can watch a change arrive."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from shopsim import bad_days, edits, html
from shopsim.catalog import Product, Variant
from shopsim.faults import Faults
from shopsim.sim import Tenant

RULES = (
    Rule("/", endpoint="editor.page", methods=["GET"]),
    Rule("/edit", endpoint="editor.edit", methods=["POST"]),
)
PER_PAGE = 50


def handle(tenant: Tenant, endpoint: str, request: Request) -> Response:
    """Show the page, or make an edit and show what the next sync will see, or why there was none."""
    if endpoint == "editor.page":
        return Response(_page(tenant, request.args), mimetype="text/html")
    try:
        said = edits.make(tenant, request.form)
    except edits.Unknown as error:
        said = error.sentence
    except ValueError as error:
        said = str(error)
    back = {"q": request.form.get("q", ""), "said": said}
    place = ""
    if request.form.get("action") in ("fault", "clear"):
        back["at"], place = "bad-days", "#bad-days"
    query = urlencode({name: value for name, value in back.items() if value}, quote_via=quote)
    return Response(status=303, headers={"Location": f"{tenant.prefix}/?{query}{place}"})


def _page(tenant: Tenant, query: Any) -> str:
    shop = tenant.shop
    words = query.get("q", "").lower()
    found = [product for product in shop.listed() if words in product.title.lower()]
    said = f'<p class="note" role="status">{escape(query["said"])}</p>' if query.get("said") else ""
    above, below = ("", said) if query.get("at") == "bad-days" else (said, "")
    q = escape(query.get("q", ""), quote=True)
    more = f"<p><small>{len(found) - PER_PAGE} more; search to find them.</small></p>" if len(found) > PER_PAGE else ""
    none = f"<p>No product’s title has “{escape(query['q'])}”.</p>" if words and not found else ""
    add = (
        '<input name="title" aria-label="Title of the new product" placeholder="New product">'
        '<input name="price" aria-label="Price of the new product" placeholder="10.00" size="7">'
    )
    return html.page(
        f"{shop.title} · simulated shop",
        f"""<h1>{escape(shop.title)}</h1>
<p><small>{escape(shop.domain)}, simulated. {len(shop.products)} products. Nothing here is Shopify’s.</small></p>
<p><a href="#bad-days">Bad days</a>: {escape(edits.sees(tenant))}</p>{above}
<div class="row"><form method="get"><label for="q">Find</label>
<input id="q" name="q" type="search" value="{q}"><button class="quiet">Search</button></form></div>
<div class="row">{_form(tenant, q, "add", add, "Add product")}</div>
{"".join(_product(tenant, q, product) for product in found[:PER_PAGE])}{more}{none}
{_bad_days(tenant, q, below)}""",
    )


def _bad_days(tenant: Tenant, q: str, said: str) -> str:
    groups = "".join(
        f"<section><h3>{escape(title)}</h3><ul>{''.join(_bad_day(tenant, q, day) for day in days)}</ul></section>"
        for title, days in bad_days.GROUPS
    )
    return f"""<h2 id="bad-days">Bad days</h2>{said}<p>{escape(edits.sees(tenant))}</p>
<div class="days">{groups}</div><div class="row">{_form(tenant, q, "clear", "", "All faults off")}</div>"""


def _bad_day(tenant: Tenant, q: str, day: bad_days.BadDay) -> str:
    """One switch, and what it does; it says whether it is on in words as well."""
    on = day.is_on(tenant.faults.now)
    fields = f'<input type="hidden" name="fault" value="{day.name}">'
    if on:
        fields += '<input type="hidden" name="off" value="1">'
    sees = escape(day.seen(tenant.faults.now if on else Faults(**day.faults)))
    badge = '<span class="badge on">on</span> ' if on else ""
    switch = _form(tenant, q, "fault", fields, f"Switch off: {day.label}" if on else day.label, quiet=not on)
    return f"<li>{switch} <small>{badge}{sees}</small></li>"


def _product(tenant: Tenant, q: str, product: Product) -> str:
    this = f'<input type="hidden" name="product" value="{product.id}">'
    title = escape(product.title, quote=True)
    statuses = "".join(
        _form(tenant, q, status, this, f"Make {status.lower()}", quiet=True)
        for status in edits.STATUSES
        if status != product.status
    )
    variants = "".join(_variant(tenant, q, product, variant) for variant in product.variants[:20])
    rename = f'{this}<input name="title" value="{title}" aria-label="Title of {title}">'
    return f"""<article id="p{product.id}"><details><summary><strong>{title}</strong>
<span class="badge">{product.status.lower()}</span> <small>{len(product.variants)} variant(s)</small></summary>
<div class="row">{_form(tenant, q, "rename", rename, "Rename")}{statuses}
{_form(tenant, q, "delete", this, "Delete", quiet=True)}</div>{variants}</details></article>"""


def _variant(tenant: Tenant, q: str, product: Product, variant: Variant) -> str:
    this = f'<input type="hidden" name="variant" value="{variant.id}">'
    name = escape(f"{product.title}, {variant.title}", quote=True)
    price = (
        f'{this}<input name="price" value="{escape(variant.price, quote=True)}" size="8" aria-label="Price of {name}">'
    )
    stock = f'{this}<input name="by" value="-1" size="4" inputmode="numeric" aria-label="Change of stock of {name}">'
    remove = _form(tenant, q, "remove_variant", this, "Remove", quiet=True) if len(product.variants) > 1 else ""
    sku = f"<code>{escape(variant.sku)}</code>" if variant.sku else "no SKU"
    return f"""<div class="row"><span>{escape(variant.title)} <small>{sku}</small></span>
{_form(tenant, q, "price", price, "Set price")}
{_form(tenant, q, "stock", stock, "Change stock", quiet=True)}
<small>{variant.inventory_quantity} in stock</small>{remove}</div>"""


def _form(tenant: Tenant, q: str, action: str, fields: str, label: str, *, quiet: bool = False) -> str:
    kind = ' class="quiet"' if quiet else ""
    return (
        f'<form method="post" action="{tenant.prefix}/edit"><input type="hidden" name="action" value="{action}">'
        f'<input type="hidden" name="q" value="{q}">{fields}<button{kind}>{escape(label)}</button></form>'
    )
