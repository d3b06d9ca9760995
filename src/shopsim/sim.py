"""The simulator: several shops, one app's access to each, and a log of what was asked."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLEnumType

from shopsim import idtokens
from shopsim.admin import Endpoint, schema
from shopsim.bulk import BulkDesk
from shopsim.clock import Clock
from shopsim.cost import Bucket
from shopsim.courier import Courier
from shopsim.faults import FaultSwitches
from shopsim.post_office import PostOffice
from shopsim.resolvers import RESOLVERS
from shopsim.shop import Shop
from shopsim.tokens import TokenOffice

if TYPE_CHECKING:
    from shopsim.app import Application

CLIENT_ID = "shopsim-client-id"
CLIENT_SECRET = "shopsim-client-secret"  # noqa: S105 - a published default, like a documentation sample
SCOPES = ("read_products",)


def check_name(name: str) -> None:
    """Raises ValueError for what cannot be the first part of a shop's address."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise ValueError(f"“{name}” cannot be a shop's name; use small letters, digits and hyphens.")


def check_currency(code: str) -> None:
    """Raises ValueError for a currency that no shop can have."""
    currencies = schema().type_map["CurrencyCode"]
    if not isinstance(currencies, GraphQLEnumType) or code not in currencies.values:
        raise ValueError(f"“{code}” is no currency of a shop; write one like EUR.")


class Asked(NamedTuple):
    """One request to the Admin API."""

    shop: str
    operation: str
    status: int
    cost: float | None


class Tenant:
    """One shop with everything that belongs to it: the app's tokens, the bucket, the faults."""

    def __init__(
        self,
        shop: Shop,
        *,
        client_id: str,
        client_secret: str,
        redirect_uris: Sequence[str],
        throttled: bool,
        prefix: str,
        courier: Courier,
    ) -> None:
        self.shop = shop
        self.client_id, self.client_secret = client_id, client_secret
        self.redirect_uris = tuple(redirect_uris)
        self.app_scopes: tuple[str, ...] = SCOPES
        self.prefix = prefix
        self.office = TokenOffice(shop.clock)
        self.faults = FaultSwitches()
        self.bucket = Bucket(shop.clock.timestamp) if throttled else None
        self.courier = courier
        self.post = PostOffice(shop, client_secret, courier, self.faults, lambda: self.office.installed)
        self.bulk = BulkDesk(shop, schema, RESOLVERS)
        self.bulk.finished = self.post.bulk_finished
        courier.chores.append(self.bulk.busy)
        self.endpoint = Endpoint(shop, self.bucket, self)

    def token(self, scopes: Sequence[str] = SCOPES, *, access: str | None = None, seconds: float | None = None) -> str:
        """A valid access token, as an installed app would hold."""
        return self.office.issue(list(scopes), access=access, seconds=seconds).access

    def id_token(self) -> str:
        """A token that says who looks at the app's page in the shop's admin; good for a minute."""
        return idtokens.issue(self.shop.domain, self.client_id, self.client_secret, self.shop.clock.timestamp())

    def change_scopes(self, scopes: Sequence[str]) -> None:
        """The merchant, or a new version of the app, changes what all its tokens may do; the app is told."""
        previous = self.office.change_scopes(scopes)
        self.app_scopes = tuple(scopes)
        self.post.scopes_changed(previous, sorted(scopes))

    def uninstall(self) -> None:
        """The app leaves the shop: it is told so, its tokens end, and it hears no more of the shop's products."""
        self.post.uninstalled()
        self.office.uninstall()

    def dump(self) -> dict[str, Any]:
        """The shop and its tokens as plain data."""
        return {"shop": self.shop.dump(), "tokens": self.office.dump()}

    def load(self, data: dict[str, Any]) -> None:
        """Take up a dumped shop."""
        self.shop.load(data["shop"])
        self.office.load(data["tokens"])


class Simulator:
    """Shops on your desk. The first one answers at the root, every one under `/shops/NAME` and at its own host name."""

    def __init__(
        self,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        redirect_uris: Sequence[str] = (),
        throttled: bool = True,
        webhooks_in_background: bool = True,
    ) -> None:
        """Without ``webhooks_in_background`` deliveries are made when `courier.run_due()` is called."""
        self.clock = Clock()
        self.courier = Courier(self.clock, in_background=webhooks_in_background)
        self.tenants: dict[str, Tenant] = {}
        self.requests: deque[Asked] = deque(maxlen=10_000)
        self._client = (client_id, client_secret, tuple(redirect_uris))
        self._throttled = throttled
        self._making = threading.RLock()
        self._many: tuple[str, int, Callable[[Tenant], None], str] = ("", 0, lambda tenant: None, "USD")
        self._listening: list[tuple[str, str]] = []
        self.any_address = False

    def add_shop(self, name: str, *, title: str | None = None, currency: str = "USD") -> Tenant:
        """A new, empty shop. Raises ValueError for a name or a currency there cannot be."""
        check_name(name)
        check_currency(currency)
        if name in self.tenants:
            raise ValueError(f"There is a shop {name} already.")
        client_id, client_secret, redirect_uris = self._client
        shop_id = 68_117_217_601 + 7 * len(self.tenants)
        shop = Shop(name, clock=self.clock, title=title, currency=currency, shop_id=shop_id)
        tenant = Tenant(
            shop,
            client_id=client_id,
            client_secret=client_secret,
            redirect_uris=redirect_uris,
            throttled=self._throttled,
            prefix=f"/shops/{name}" if self.tenants else "",
            courier=self.courier,
        )
        tenant.post.subscriptions.any_address = self.any_address
        for topic, uri in self._listening:
            tenant.post.subscriptions.add_app_specific(topic, uri)
        self.tenants[name] = tenant
        return tenant

    def listen(self, topic: str, uri: str) -> None:
        """Send a topic of every shop to an address, as the app's own configuration file would have it."""
        self._listening.append((topic, uri))
        for tenant in self.tenants.values():
            tenant.post.subscriptions.add_app_specific(topic, uri)

    def allow_any_webhook_address(self) -> None:
        """Take http:// and this machine's addresses for webhooks too, for apps being built."""
        self.any_address = True
        for tenant in self.tenants.values():
            tenant.post.subscriptions.any_address = True

    def add_many(self, name: str, count: int, fill: Callable[[Tenant], None], *, currency: str = "USD") -> None:
        """Shops `NAME-1` to `NAME-count`, each made and filled when somebody first asks for it."""
        self._many = (name, count, fill, currency)

    def find(self, name: str) -> Tenant:
        """A shop by its name. Raises KeyError."""
        with self._making:
            if name in self.tenants:
                return self.tenants[name]
            stem, _, number = name.rpartition("-")
            many, count, fill, currency = self._many
            if stem != many or not number.isdecimal() or str(int(number)) != number or not 1 <= int(number) <= count:
                raise KeyError(name)
            tenant = self.add_shop(name, currency=currency)
            fill(tenant)
            return tenant

    @property
    def default(self) -> Tenant:
        """The first shop."""
        return next(iter(self.tenants.values()))

    @property
    def faults(self) -> FaultSwitches:
        """The faults of the first shop."""
        return self.default.faults

    @cached_property
    def app(self) -> Application:
        """The WSGI application."""
        from shopsim.app import Application

        return Application(self)
