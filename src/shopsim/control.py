"""The control API under `/_sim/`: what a merchant, a test or bad luck may do to a shop, as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from shopsim import edits
from shopsim.catalog import Product, Variant
from shopsim.sim import Simulator, Tenant

RULES = (
    Rule("/_sim/products", endpoint="control.products", methods=["GET", "POST"]),
    Rule("/_sim/products/<int:product_id>", endpoint="control.product", methods=["GET", "POST", "DELETE"]),
    Rule("/_sim/products/<int:product_id>/variants", endpoint="control.add_variant", methods=["POST"]),
    Rule("/_sim/variants/<int:variant_id>", endpoint="control.variant", methods=["POST", "DELETE"]),
    Rule("/_sim/edit", endpoint="control.edit", methods=["POST"]),
    Rule("/_sim/faults", endpoint="control.faults", methods=["GET", "POST", "DELETE"]),
    Rule("/_sim/tokens", endpoint="control.tokens", methods=["POST", "DELETE"]),
    Rule("/_sim/scopes", endpoint="control.scopes", methods=["POST"]),
    Rule("/_sim/clock", endpoint="control.clock", methods=["POST"]),
    Rule("/_sim/shops", endpoint="control.shops", methods=["GET", "POST"]),
    Rule("/_sim/shop", endpoint="control.shop", methods=["GET", "POST"]),
    Rule("/_sim/bulk", endpoint="control.bulk", methods=["GET"]),
    Rule("/_sim/webhooks", endpoint="control.webhooks", methods=["GET", "POST", "DELETE"]),
    Rule("/_sim/webhooks/send", endpoint="control.send", methods=["POST"]),
    Rule("/_sim/id_token", endpoint="control.id_token", methods=["POST"]),
    Rule("/_sim/uninstall", endpoint="control.uninstall", methods=["POST"]),
    Rule("/_sim/requests", endpoint="control.requests", methods=["GET", "DELETE"]),
)


def handle(sim: Simulator, tenant: Tenant, endpoint: str, arguments: dict[str, Any], request: Request) -> Response:
    """Answer one control request. Unknown products and variants are 404, nonsense is 400 with a sentence."""
    try:
        body = _body(request)
        with tenant.shop.lock:
            answer = _ACTIONS[endpoint](sim, tenant, request.method, arguments, body)
    except KeyError as error:
        return _answer({"errors": f"There is no {error.args[0]}."}, 404)
    except (TypeError, ValueError) as error:
        return _answer({"errors": str(error)}, 400)
    return _answer(answer)


def _answer(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, mimetype="application/json")


def _body(request: Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(request.get_data() or b"{}", type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ValueError("The body must be a JSON object.") from error


def _products(_sim: Simulator, tenant: Tenant, method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    if method == "POST":
        rows = [_typed(Variant, row) for row in body.pop("variants", None) or [{}]]
        return msgspec.to_builtins(tenant.shop.add_product(**_typed(Product, body), variants=rows))
    return [_summary(product) for product in tenant.shop.listed()]


def _product(_sim: Simulator, tenant: Tenant, method: str, arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    shop, product_id = tenant.shop, arguments["product_id"]
    if method == "DELETE":
        shop.delete(product_id)
        return {"deleted": product_id}
    if method == "POST":
        _known(body, {"title", "description_html", "status", "vendor", "product_type", "tags", "handle"})
        shop.edit(product_id, **_typed(Product, body))
    return msgspec.to_builtins(shop.products[product_id])


def _add_variant(_sim: Simulator, tenant: Tenant, _method: str, arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    return msgspec.to_builtins(tenant.shop.add_variant(arguments["product_id"], **_typed(Variant, body)))


def _variant(_sim: Simulator, tenant: Tenant, method: str, arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    shop, variant_id = tenant.shop, arguments["variant_id"]
    if method == "DELETE":
        shop.remove_variant(variant_id)
        return {"deleted": variant_id}
    _known(body, {"price", "compare_at_price", "sku", "barcode", "cost", "taxable", "inventory_quantity", "position"})
    return msgspec.to_builtins(shop.edit_variant(variant_id, **_typed(Variant, body)))


def _edit(_sim: Simulator, tenant: Tenant, _method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    return {"said": edits.make(tenant, body)}


def _faults(_sim: Simulator, tenant: Tenant, method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    if method == "DELETE":
        tenant.faults.clear()
    elif method == "POST":
        tenant.faults.set(**body)
    return msgspec.to_builtins(tenant.faults.now)


def _tokens(_sim: Simulator, tenant: Tenant, method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    if method == "DELETE":
        if body.get("expire"):
            tenant.office.expire_all()
        else:
            tenant.office.revoke_all()
        return {}
    scopes = body.get("scopes", ["read_products"])
    return {"token": tenant.token(scopes, access=body.get("token"), seconds=body.get("seconds"))}


def _scopes(_sim: Simulator, tenant: Tenant, _method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    scopes = msgspec.convert(body.get("scopes"), list[str])
    tenant.change_scopes(scopes)
    return {"scopes": sorted(scopes)}


def _clock(sim: Simulator, _tenant: Tenant, _method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    sim.clock.move(**body)
    return {"now": sim.clock.now()}


def _requests(sim: Simulator, _tenant: Tenant, method: str, _arguments: dict[str, Any], _body: dict[str, Any]) -> Any:
    if method == "DELETE":
        sim.requests.clear()
    return [asked._asdict() for asked in sim.requests]


def _shops(sim: Simulator, _tenant: Tenant, method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    if method == "POST":
        return _shop_summary(sim.add_shop(**body))
    return [_shop_summary(tenant) for tenant in list(sim.tenants.values())]


def _shop(_sim: Simulator, tenant: Tenant, method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    if method == "POST":
        _known(body, {"title", "currency"})
        tenant.shop.set_up(**body)
        tenant.post.shop_changed()
    return _shop_summary(tenant)


def _bulk(_sim: Simulator, tenant: Tenant, _method: str, _arguments: dict[str, Any], _body: dict[str, Any]) -> Any:
    tenant.bulk.advance()
    return [
        {"id": one.id, "status": one.status, "objects": one.objects, "error_code": one.error_code}
        for one in tenant.bulk.operations.values()
    ]


def _webhooks(sim: Simulator, tenant: Tenant, method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    if method == "POST":
        _known(body, {"topic", "uri"})
        tenant.post.subscriptions.add_app_specific(body["topic"], body["uri"])
    elif method == "DELETE":
        sim.courier.log.clear()
    subscriptions = tenant.post.subscriptions.all.values()
    return {
        "subscriptions": [
            {"id": one.id, "topic": one.topic, "uri": one.uri, "by_api": one.by_api, "ended": one.ended}
            for one in subscriptions
        ],
        "waiting": sim.courier.waiting,
        "attempts": [attempt._asdict() for attempt in sim.courier.log],
    }


def _send(_sim: Simulator, tenant: Tenant, _method: str, _arguments: dict[str, Any], body: dict[str, Any]) -> Any:
    return {"sent": tenant.post.comply(body["topic"])}


def _id_token(_sim: Simulator, tenant: Tenant, _method: str, _arguments: dict[str, Any], _body: dict[str, Any]) -> Any:
    return {"id_token": tenant.id_token()}


def _uninstall(_sim: Simulator, tenant: Tenant, _method: str, _arguments: dict[str, Any], _body: dict[str, Any]) -> Any:
    tenant.uninstall()
    return {}


_ACTIONS = {
    "control.shops": _shops,
    "control.shop": _shop,
    "control.bulk": _bulk,
    "control.webhooks": _webhooks,
    "control.send": _send,
    "control.id_token": _id_token,
    "control.uninstall": _uninstall,
    "control.products": _products,
    "control.product": _product,
    "control.add_variant": _add_variant,
    "control.variant": _variant,
    "control.edit": _edit,
    "control.faults": _faults,
    "control.tokens": _tokens,
    "control.scopes": _scopes,
    "control.clock": _clock,
    "control.requests": _requests,
}


def _typed(kind: type[msgspec.Struct], body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a product or a variant, each of its type; options are named more briefly than they are kept."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(kind) if field.name != "options"}
    found = dict(body)
    for name in body.keys() & kinds.keys():
        try:
            found[name] = msgspec.convert(body[name], kinds[name])
        except msgspec.ValidationError as error:
            raise ValueError(f"{name}: {error}.") from error
    return found


def _known(body: dict[str, Any], fields: set[str]) -> None:
    if unknown := set(body) - fields:
        raise ValueError(f"There is no field {', '.join(sorted(unknown))}.")


def _shop_summary(tenant: Tenant) -> dict[str, Any]:
    shop = tenant.shop
    return {
        "name": shop.name,
        "title": shop.title,
        "domain": shop.domain,
        "currency": shop.currency,
        "products": len(shop.products),
    }


def _summary(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "title": product.title,
        "status": product.status,
        "variants": [
            {"id": variant.id, "title": variant.title, "sku": variant.sku, "price": variant.price}
            for variant in product.variants
        ],
    }
