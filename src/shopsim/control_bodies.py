"""The bodies the control API takes: each field with its type and its limits, and a sentence for what does not fit."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shopsim.desk import TOPICS
from shopsim.hooks import COMPLIANCE

Text = Annotated[str, Meta(max_length=255)]
Title = Annotated[str, Meta(min_length=1, max_length=255)]
Money = Annotated[str, Meta(pattern=r"^\d+(\.\d+)?$")]
Whole = Annotated[int, Meta(ge=1)]
Status = Literal["ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED"]
ShopName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Address = Annotated[str, Meta(pattern=r"^(https?|pubsub)://\S+$|^arn:")]
# A year each way is as far as any token or link lives, with room.
Moved = Annotated[float, Meta(ge=-31_622_400, le=316_224_000)]
Asked = TypeVar("Asked", bound="Body")

# What a pattern wants, for people.
_WANTED = {
    r"^\d+(\.\d+)?$": "a price, written like “24.00”",
    r"^[a-z0-9][a-z0-9-]*$": "a name of small letters, digits and hyphens",
    r"^[A-Z]{3}$": "a currency, written like “EUR”",
    r"^(https?|pubsub)://\S+$|^arn:": "an address, written like “https://app.example/hooks”",
}


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A JSON object; a field that was not sent is not set."""

    def sent(self) -> dict[str, Any]:
        """The fields that were sent."""
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in fields if value is not UNSET}


class Nothing(Body):
    """A request that says all by its address."""


class NewVariant(Body):
    """A variant to be made."""

    id: Whole | UnsetType = UNSET
    option_values: list[Title] | UnsetType = UNSET
    price: Money | UnsetType = UNSET
    compare_at_price: Money | UnsetType | None = UNSET
    sku: Text | UnsetType | None = UNSET
    barcode: Text | UnsetType | None = UNSET
    taxable: bool | UnsetType = UNSET
    position: Whole | UnsetType = UNSET
    inventory_quantity: int | UnsetType | None = UNSET
    inventory_policy: Literal["DENY", "CONTINUE"] | UnsetType = UNSET
    tracked: bool | UnsetType = UNSET
    requires_shipping: bool | UnsetType = UNSET
    cost: Money | UnsetType | None = UNSET
    weight: Decimal | UnsetType = UNSET
    weight_unit: Literal["GRAMS", "KILOGRAMS", "OUNCES", "POUNDS"] | UnsetType = UNSET
    harmonized_system_code: Text | UnsetType | None = UNSET
    image: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Refuses a weight no thing can have."""
        if self.weight is not UNSET and not (self.weight.is_finite() and self.weight >= 0):
            raise ValueError("weight: Expected a number of 0 or more")


class AnotherVariant(NewVariant, kw_only=True):
    """A variant of a product there is, which has to say which of its options it is."""

    option_values: list[Title]


class VariantEdit(Body):
    """What may be changed about a variant."""

    price: Money | UnsetType = UNSET
    compare_at_price: Money | UnsetType | None = UNSET
    sku: Text | UnsetType | None = UNSET
    barcode: Text | UnsetType | None = UNSET
    cost: Money | UnsetType | None = UNSET
    taxable: bool | UnsetType = UNSET
    inventory_quantity: int | UnsetType | None = UNSET
    position: Whole | UnsetType = UNSET


class ProductEdit(Body):
    """What may be changed about a product."""

    title: Title | UnsetType = UNSET
    description_html: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    vendor: Text | UnsetType = UNSET
    product_type: Text | UnsetType = UNSET
    tags: Annotated[list[Text], Meta(max_length=250)] | UnsetType = UNSET
    handle: Title | UnsetType = UNSET


class NewProduct(ProductEdit, kw_only=True):
    """A product to be made; without variants it has one."""

    title: Title
    price: Money | UnsetType = UNSET
    options: Annotated[list[tuple[Title, list[Title]]], Meta(max_length=3)] | UnsetType = UNSET
    variants: Annotated[list[NewVariant], Meta(min_length=1, max_length=2048)] | UnsetType = UNSET
    image: str | UnsetType = UNSET
    image_alt: str | UnsetType | None = UNSET
    published: bool | UnsetType = UNSET
    product_id: Whole | UnsetType = UNSET
    created_at: datetime | UnsetType = UNSET
    gift_card: bool | UnsetType = UNSET


class NewToken(Body):
    """A token to be granted."""

    scopes: tuple[Title, ...] = ("read_products",)
    token: Title | UnsetType = UNSET
    seconds: Annotated[float, Meta(gt=0)] | UnsetType = UNSET


class TokensEnd(Body):
    """Whether tokens end as by themselves, or are taken away."""

    expire: bool = False


class Scopes(Body):
    """What the app may do from now on."""

    scopes: list[Title]


class Move(Body):
    """How far the time moves, in one unit or several."""

    seconds: Moved = 0
    minutes: Moved = 0
    hours: Moved = 0
    days: Annotated[float, Meta(ge=-366, le=3660)] = 0


class NewShop(Body):
    """A shop to be opened."""

    name: ShopName
    title: Title | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET


class ShopEdit(Body):
    """What may be changed about the shop itself."""

    title: Title | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET


class NewHook(Body):
    """A subscription as in the app's own configuration."""

    topic: Literal[tuple(sorted({*TOPICS.values(), *COMPLIANCE}))]  # type: ignore[valid-type]
    uri: Address


class Send(Body):
    """A privacy topic to be sent."""

    topic: str


def read(kind: type[Asked], raw: bytes) -> Asked:
    """A body of a kind. Raises ValueError with a sentence that names the field."""
    try:
        return msgspec.convert(read_object(raw), kind)
    except msgspec.ValidationError as error:
        raise ValueError(sentence(error)) from None


def read_object(raw: bytes) -> dict[str, Any]:
    """A body of no kind in particular. Raises ValueError."""
    try:
        return msgspec.json.decode(raw or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ValueError("The body must be a JSON object.") from None


def sentence(error: msgspec.ValidationError) -> str:
    """What is wrong with a body, for people."""
    problem, _, place = str(error).partition(" - at `$")
    if unknown := re.search(r"unknown field `(.+)`", problem):
        return f"There is no field {unknown[1]}."
    if missing := re.search(r"missing required field `(.+)`", problem):
        return f"The field {missing[1]} is missing."
    if pattern := re.search(r"matching regex '(.+)'", problem):
        problem = f"Expected {_WANTED.get(pattern[1].replace(chr(92) * 2, chr(92)), problem)}"
    name = place.rstrip("`").lstrip(".")
    return f"{name}: {problem}." if name else f"{problem}."
