"""The control API under `/_sim/`: what a merchant, a test or bad luck may do to a shop, as JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from shopsim import control_bodies as bodies
from shopsim import edits
from shopsim.catalog import DEFAULT_OPTION, Product, Variant
from shopsim.control_bodies import Asked
from shopsim.edits import Unknown
from shopsim.shop import Shop
from shopsim.sim import Simulator, Tenant, check_currency

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
    """Answer one control request. What there is not is 404, nonsense is 400, each with a sentence."""
    call = Call(sim, tenant, request.method, arguments, request.get_data())
    try:
        with tenant.shop.lock:
            return _answer(_ACTIONS[endpoint](call))
    except Unknown as error:
        return _answer({"errors": error.sentence}, 404)
    except ValueError as error:
        return _answer({"errors": str(error)}, 400)


class Call(NamedTuple):
    """One control request."""

    sim: Simulator
    tenant: Tenant
    method: str
    arguments: dict[str, Any]
    raw: bytes

    @property
    def shop(self) -> Shop:
        """The shop it is about."""
        return self.tenant.shop

    def body(self, kind: type[Asked]) -> Asked:
        """Its body. Raises ValueError."""
        return bodies.read(kind, self.raw)

    def product(self) -> Product:
        """The product it names. Raises Unknown."""
        number = self.arguments["product_id"]
        if number not in self.shop.products:
            raise Unknown("product", number)
        return self.shop.products[number]

    def variant(self) -> tuple[Product, Variant]:
        """The variant it names, and its product. Raises Unknown."""
        number = self.arguments["variant_id"]
        try:
            return self.shop.find_variant(number)
        except KeyError:
            raise Unknown("variant", number) from None


def _answer(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, mimetype="application/json")


def _products(call: Call) -> Any:
    if call.method == "GET":
        return [_summary(product) for product in call.shop.listed()]
    asked = call.body(bodies.NewProduct)
    fields = asked.sent()
    if fields.get("product_id") in call.shop.products:
        raise ValueError(f"There is a product {fields['product_id']} already.")
    options = fields.get("options", [DEFAULT_OPTION])
    if "variants" in fields:
        fields["variants"] = [row.sent() for row in fields["variants"]]
    rows = fields.setdefault("variants", [{}])
    if "options" in fields and "option_values" not in rows[0]:
        rows[0]["option_values"] = [values[0] for _name, values in options if values]
    for row in rows:
        _fits_options(row.get("option_values", [DEFAULT_OPTION[1]]), len(options))
    return msgspec.to_builtins(call.shop.add_product(**fields))


def _product(call: Call) -> Any:
    product = call.product()
    if call.method == "DELETE":
        call.shop.delete(product.id)
        return {"deleted": product.id}
    if call.method == "POST":
        call.shop.edit(product.id, **call.body(bodies.ProductEdit).sent())
    return msgspec.to_builtins(product)


def _add_variant(call: Call) -> Any:
    product, fields = call.product(), call.body(bodies.AnotherVariant).sent()
    _fits_options(fields["option_values"], len(product.options))
    return msgspec.to_builtins(call.shop.add_variant(product.id, **fields))


def _variant(call: Call) -> Any:
    product, variant = call.variant()
    if call.method == "DELETE":
        if len(product.variants) == 1:
            raise ValueError("A product keeps at least one variant; delete the product instead.")
        call.shop.remove_variant(variant.id)
        return {"deleted": variant.id}
    fields = call.body(bodies.VariantEdit).sent()
    # What it costs lives on the inventory item, and leaves the product's time alone.
    if "cost" in fields:
        call.shop.set_cost(variant.id, fields.pop("cost"))
    if fields:
        call.shop.edit_variant(variant.id, **fields)
    return msgspec.to_builtins(variant)


def _fits_options(values: list[str], options: int) -> None:
    if len(values) != options:
        raise ValueError(f"option_values: There are {options} options, and {len(values)} values.")


def _edit(call: Call) -> Any:
    return {"said": edits.make(call.tenant, bodies.read_object(call.raw))}


def _faults(call: Call) -> Any:
    if call.method == "DELETE":
        call.tenant.faults.clear()
    elif call.method == "POST":
        call.tenant.faults.set(**bodies.read_object(call.raw))
    return msgspec.to_builtins(call.tenant.faults.now)


def _tokens(call: Call) -> Any:
    if call.method == "DELETE":
        if call.body(bodies.TokensEnd).expire:
            call.tenant.office.expire_all()
        else:
            call.tenant.office.revoke_all()
        return {}
    asked = call.body(bodies.NewToken).sent()
    return {"token": call.tenant.token(asked["scopes"], access=asked.get("token"), seconds=asked.get("seconds"))}


def _scopes(call: Call) -> Any:
    scopes = call.body(bodies.Scopes).scopes
    call.tenant.change_scopes(scopes)
    return {"scopes": sorted(scopes)}


def _clock(call: Call) -> Any:
    call.sim.clock.move(**call.body(bodies.Move).sent())
    return {"now": call.sim.clock.now()}


def _requests(call: Call) -> Any:
    if call.method == "DELETE":
        call.sim.requests.clear()
    return [asked._asdict() for asked in call.sim.requests]


def _shops(call: Call) -> Any:
    if call.method == "POST":
        return _shop_summary(call.sim.add_shop(**call.body(bodies.NewShop).sent()))
    return [_shop_summary(tenant) for tenant in list(call.sim.tenants.values())]


def _shop(call: Call) -> Any:
    if call.method == "POST":
        fields = call.body(bodies.ShopEdit).sent()
        check_currency(fields.get("currency", call.shop.currency))
        call.shop.set_up(**fields)
        call.tenant.post.shop_changed()
    return _shop_summary(call.tenant)


def _bulk(call: Call) -> Any:
    call.tenant.bulk.advance()
    return [
        {"id": one.id, "status": one.status, "objects": one.objects, "error_code": one.error_code}
        for one in call.tenant.bulk.operations.values()
    ]


def _webhooks(call: Call) -> Any:
    if call.method == "POST":
        asked = call.body(bodies.NewHook)
        call.tenant.post.subscriptions.add_app_specific(asked.topic, asked.uri)
    elif call.method == "DELETE":
        call.sim.courier.log.clear()
    subscriptions = call.tenant.post.subscriptions.all.values()
    return {
        "subscriptions": [
            {"id": one.id, "topic": one.topic, "uri": one.uri, "by_api": one.by_api, "ended": one.ended}
            for one in subscriptions
        ],
        "waiting": call.sim.courier.waiting,
        "attempts": [attempt._asdict() for attempt in call.sim.courier.log],
    }


def _send(call: Call) -> Any:
    return {"sent": call.tenant.post.comply(call.body(bodies.Send).topic)}


def _id_token(call: Call) -> Any:
    call.body(bodies.Nothing)
    return {"id_token": call.tenant.id_token()}


def _uninstall(call: Call) -> Any:
    call.body(bodies.Nothing)
    call.tenant.uninstall()
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
