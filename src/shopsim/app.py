"""The WSGI application: finds the shop a request is for and answers as Shopify would.

A shop is named by its host (`NAME.myshopify.com`), by a prefix (`/shops/NAME/…`), or is the first one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import wrap_file

from shopsim import control, editor, oauth, rest, versions, wording
from shopsim.admin import Debug
from shopsim.bulk import Expired
from shopsim.sim import Asked, Simulator, Tenant
from shopsim.tokens import OAuthError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_json = msgspec.json.Encoder(decimal_format="number").encode


class Dropped(httpx.RemoteProtocolError):
    """The connection closes without an answer. Mounted in-process, the client meets what it would meet outside."""

    def __init__(self) -> None:
        super().__init__("Server disconnected without sending a response.")


class Question(msgspec.Struct):
    """The body of a GraphQL request."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None


class Application:
    """Serves every shop of a simulator."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self._urls = Map(
            [
                Rule("/admin/api/<version>/graphql.json", endpoint="graphql", methods=["POST"]),
                Rule("/admin/oauth/authorize", endpoint="consent", methods=["GET"]),
                Rule("/admin/oauth/authorize", endpoint="decide", methods=["POST"]),
                Rule("/admin/oauth/access_token", endpoint="access_token", methods=["POST"]),
                Rule("/admin/api_permissions/current.json", endpoint="uninstall", methods=["DELETE"]),
                *(rule.empty() for rule in control.RULES),
                *(rule.empty() for rule in editor.RULES),
                *(rule.empty() for rule in rest.RULES),
                Rule("/_bulk/bulk-<int:number>.jsonl", endpoint="bulk", methods=["GET"]),
            ],
            strict_slashes=False,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            tenant, path = self._tenant(request)
            endpoint, arguments = self._urls.bind(request.host, path_info=path).match(method=request.method)
            response = self._handle(tenant, endpoint, arguments, request)
        except HTTPException as error:
            response = reply({"errors": error.name}, error.code or 500)
        except OAuthError as error:
            response = reply(error.body, error.status)
        _say_version(response, request.path)
        return response(environ, start_response)

    def _tenant(self, request: Request) -> tuple[Tenant, str]:
        host = request.host.split(":")[0].lower()
        path = request.path
        if host.endswith(".myshopify.com"):
            return self._named(host.removesuffix(".myshopify.com")), path
        if path.startswith("/shops/"):
            name, _, rest = path.removeprefix("/shops/").partition("/")
            return self._named(name), f"/{rest}"
        return self.sim.default, path

    def _named(self, name: str) -> Tenant:
        try:
            return self.sim.find(name)
        except KeyError:
            raise NotFound from None

    def _handle(self, tenant: Tenant, endpoint: str, arguments: Mapping[str, Any], request: Request) -> Response:
        if endpoint.startswith("control."):
            return control.handle(self.sim, tenant, endpoint, dict(arguments), request)
        if endpoint.startswith("editor."):
            return editor.handle(tenant, endpoint, request)
        if endpoint == "bulk":
            # Results lie at another address at Shopify, which a shop's troubles do not reach.
            return _bulk_file(tenant, arguments["number"], request)
        if tenant.faults.now.closed:
            raise NotFound
        match endpoint:
            case "consent":
                return Response(oauth.consent_page(tenant, request.args), mimetype="text/html")
            case "decide":
                return Response(status=302, headers={"Location": oauth.decide(tenant, request.form)})
            case "access_token":
                return self._token(tenant, request)
            case "uninstall":
                if self._scopes(tenant, request) is None:
                    return reply(oauth.INVALID_LOGIN, 401)
                tenant.uninstall()
                return reply({})
        if endpoint.startswith("rest."):
            return self._rest(tenant, endpoint, arguments, request)
        return self._graphql(tenant, arguments["version"], request)

    def _token(self, tenant: Tenant, request: Request) -> Response:
        """The token endpoint, which has bad days of its own."""
        if tenant.faults.takes("oauth_requests"):
            return troubled(tenant.faults.now.oauth_status)
        return reply(oauth.token_request(tenant, oauth.read_body(request.form, request.get_data())))

    def _graphql(self, tenant: Tenant, asked: str, request: Request) -> Response:
        if versions.served(asked) is None:
            raise NotFound
        body, status, operation = self._answer(tenant, request)
        cost = body.get("extensions", {}).get("cost", {}).get("actualQueryCost") if isinstance(body, dict) else None
        self.sim.requests.append(Asked(tenant.shop.name, operation, status, cost))
        response = reply(body, status)
        if tenant.faults.takes("not_json"):
            return Response("<html><body>Something went wrong</body></html>", status=200, mimetype="text/html")
        return response

    def _rest(self, tenant: Tenant, endpoint: str, arguments: Mapping[str, Any], request: Request) -> Response:
        version = versions.served(arguments.get("version", versions.LATEST))
        if version is None:
            raise NotFound
        scopes = self._scopes(tenant, request)
        if refused := self._refused(tenant, scopes):
            body, status = refused
            headers: dict[str, str] = {}
        else:
            try:
                url = request.base_url
                body, headers = rest.answer(tenant.shop, endpoint, arguments, request.args, scopes or frozenset(), url)
                status = 200
            except rest.RestError as error:
                body, status, headers = error.body, error.status, {}
        self.sim.requests.append(Asked(tenant.shop.name, endpoint, status, None))
        response = reply(body, status)
        response.headers.update({**headers, "X-Shopify-API-Version": version, "X-Shopify-Shop-Api-Call-Limit": "1/40"})
        return response

    def _scopes(self, tenant: Tenant, request: Request) -> frozenset[str] | None:
        return tenant.office.scopes_of(request.headers.get("X-Shopify-Access-Token", ""))

    def _refused(self, tenant: Tenant, scopes: frozenset[str] | None) -> tuple[Any, int] | None:
        """What a shop in trouble, or one that does not know the token, answers to anything."""
        faults = tenant.faults.now
        if faults.slow:
            time.sleep(faults.slow)
        if tenant.faults.takes("drop"):
            raise Dropped
        if tenant.faults.takes("http_requests"):
            return wording.of_status(faults.http_status), faults.http_status
        if faults.frozen:
            return wording.of_status(402), 402
        if faults.locked:
            return wording.of_status(423), 423
        if scopes is None or faults.refuse_token:
            return wording.of_status(401), 401
        return None

    def _answer(self, tenant: Tenant, request: Request) -> tuple[Any, int, str]:
        """Body, status and operation name of the answer to a query, faults first."""
        scopes = self._scopes(tenant, request)
        if refused := self._refused(tenant, scopes):
            return *refused, "?"
        faults = tenant.faults.now
        if scopes is None or faults.missing_scope:
            scopes = frozenset()
        asked = _question(request)
        if asked is None:
            return {"errors": {"query": "Required parameter missing or invalid"}}, 400, "?"
        operation = _operation_name(asked.query)
        if faults.inactive:
            return tenant.endpoint.inactive(), 200, operation
        if tenant.faults.takes("internal_error"):
            return tenant.endpoint.internal_error(), 200, operation
        if tenant.faults.takes("throttle"):
            return tenant.endpoint.throttled(), 200, operation
        tenant.shop.index_lag = faults.index_lag
        base_url = f"{request.host_url.rstrip('/')}{_prefix(request, tenant)}"
        debug = Debug(
            cost=request.headers.get("Shopify-GraphQL-Cost-Debug") == "1",
            search=request.headers.get("Shopify-Search-Query-Debug") == "1",
        )
        variables, name = asked.variables or {}, asked.operationName
        return tenant.endpoint.answer(asked.query, variables, scopes, name, base_url, debug), 200, operation


def _question(request: Request) -> Question | None:
    """What a request asks; None for a body that is neither JSON with a query nor a query by itself."""
    body = request.get_data()
    if request.mimetype == "application/graphql":
        return Question(body.decode(errors="replace"))
    # A client that forgets the content type is read as a form, in which there is no query.
    if request.mimetype != "application/json":
        return None
    try:
        return msgspec.json.decode(body, type=Question)
    except msgspec.MsgspecError:
        return None


def reply(body: Any, status: int = 200) -> Response:
    """A JSON answer, with the headers all answers have."""
    response = Response(_json(body), status=status, mimetype="application/json")
    response.headers["X-Request-Id"] = str(uuid.uuid4())
    if status == 429:
        response.headers["Retry-After"] = "1.0"
    return response


def troubled(status: int) -> Response:
    """The answer of a shop that has a bad day."""
    return reply(wording.of_status(status), status)


def _say_version(response: Response, path: str) -> None:
    """Every answer of the API says which version it is, refusals too."""
    asked = path.partition("/admin/api/")[2].partition("/")[0]
    if asked and (version := versions.served(asked)):
        response.headers["X-Shopify-API-Version"] = version


def _bulk_file(tenant: Tenant, number: int, request: Request) -> Response:
    """A result behind its signed link; the shop's token plays no part."""
    try:
        path = tenant.bulk.open(number, request.args.get("Expires", ""), request.args.get("Signature", ""))
    except (PermissionError, KeyError) as error:
        code, status = ("ExpiredToken", 400) if isinstance(error, Expired) else ("SignatureDoesNotMatch", 403)
        text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>"
        return Response(text, status=status, mimetype="application/xml")
    size = path.stat().st_size
    response = Response(wrap_file(request.environ, path.open("rb"), 1 << 20), mimetype="application/jsonl")
    response.direct_passthrough = True
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    # A download that was cut off may go on where it ended.
    return response.make_conditional(request.environ, accept_ranges=True, complete_length=size)


def _prefix(request: Request, tenant: Tenant) -> str:
    return f"/shops/{tenant.shop.name}" if request.path.startswith("/shops/") else ""


def _operation_name(text: str) -> str:
    words = text.split("{", 1)[0].replace("(", " ").split()
    return words[1] if len(words) > 1 else "anonymous"
