// A small app on Shopify's own library for Node: it installs itself into a shop, asks it, subscribes and is told.
// CLIENT is the folder the library is installed in, SIMULATOR the port every shop's name means.

import { createServer } from "node:http";
import { request } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

// The library takes the platform's fetch when it is loaded; this one resolves every name to the simulator.
globalThis.fetch = (address, options = {}) =>
  new Promise((resolve, reject) => {
    const url = new URL(address);
    const headers = { ...Object.fromEntries(new Headers(options.headers)), host: url.hostname };
    const where = { host: "127.0.0.1", port: process.env.SIMULATOR, servername: url.hostname };
    const asked = request(
      { ...where, path: url.pathname + url.search, method: options.method ?? "GET", headers },
      async (answer) => {
        const body = Buffer.concat(await answer.toArray());
        resolve(new Response(body, { status: answer.statusCode, headers: answer.headers }));
      },
    );
    asked.on("error", reject);
    asked.end(options.body);
  });

const require = createRequire(join(process.env.CLIENT, "package.json"));
require("@shopify/shopify-api/adapters/node");
const { shopifyApi, DeliveryMethod, LogSeverity } = require("@shopify/shopify-api");

const server = createServer((req, res) => answer(req, res).catch((error) => send(res, 500, { error: String(error) })));
server.listen(0, "127.0.0.1", () => {
  const host = `127.0.0.1:${server.address().port}`;
  shopify = shopifyApi({
    apiKey: "the-app",
    apiSecretKey: "the-secret",
    apiVersion: "2026-07",
    scopes: ["read_products"],
    hostName: host,
    hostScheme: "http",
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error },
  });
  shopify.webhooks.addHandlers({
    PRODUCTS_UPDATE: [{ deliveryMethod: DeliveryMethod.Http, callbackUrl: "/webhooks" }],
  });
  console.log(`http://${host}`);
});

let shopify;
let session;
const delivered = [];

async function answer(req, res) {
  const { pathname, searchParams } = new URL(req.url, "http://app");
  const raw = { rawRequest: req, rawResponse: res };
  switch (pathname) {
    case "/auth":
      return shopify.auth.begin({ shop: searchParams.get("shop"), callbackPath: "/callback", isOnline: false, ...raw });
    case "/callback":
      ({ session } = await shopify.auth.callback({ expiring: true, ...raw }));
      return send(res, 200, session.toObject());
    case "/graphql": {
      const { query, variables } = JSON.parse(await bodyOf(req));
      return send(res, 200, await new shopify.clients.Graphql({ session }).request(query, { variables }));
    }
    case "/refresh": {
      const given = { shop: session.shop, refreshToken: session.refreshToken };
      ({ session } = await shopify.auth.refreshToken(given));
      return send(res, 200, session.toObject());
    }
    case "/exchange": {
      const given = { shop: session.shop, sessionToken: await bodyOf(req), expiring: true };
      const requestedTokenType = "urn:shopify:params:oauth:token-type:offline-access-token";
      ({ session } = await shopify.auth.tokenExchange({ ...given, requestedTokenType }));
      return send(res, 200, session.toObject());
    }
    case "/register":
      return send(res, 200, await shopify.webhooks.register({ session }));
    case "/webhooks": {
      const checked = await shopify.webhooks.validate({ rawBody: await bodyOf(req), ...raw });
      delivered.push(checked);
      return send(res, checked.valid ? 200 : 401, {});
    }
    case "/delivered":
      return send(res, 200, delivered);
    default:
      return send(res, 404, {});
  }
}

async function bodyOf(req) {
  return Buffer.concat(await req.toArray()).toString();
}

function send(res, status, body) {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
}
