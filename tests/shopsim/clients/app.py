"""A small app on Shopify's library for Python: it installs itself into a shop and asks it.

It says where the merchant has to go, reads the address they came back to, and writes down what it found.
"""

import json
import sys
from urllib.parse import parse_qsl, urlsplit

import shopify

SHOP, VERSION = "maple-and-thread.myshopify.com", "2026-07"

shopify.Session.setup(api_key="the-app", secret="the-secret")
session = shopify.Session(SHOP, VERSION)
print(session.create_permission_url(["read_products"], "https://app.example/callback", "a-nonce"), flush=True)

callback = dict(parse_qsl(urlsplit(sys.stdin.readline().strip()).query))
forged = {**callback, "shop": "other.myshopify.com"}
found = {"right": shopify.Session.validate_hmac(callback), "forged": shopify.Session.validate_hmac(forged)}
token = session.request_token(callback)
shopify.ShopifyResource.activate_session(shopify.Session(SHOP, VERSION, token))

found["scopes"] = str(session.access_scopes)
found["graphql"] = json.loads(shopify.GraphQL().execute("{ shop { name myshopifyDomain } productsCount { count } }"))
found["shop"] = shopify.Shop.current().to_dict()["myshopify_domain"]
found["count"] = shopify.Product.count()

page = shopify.Product.find(limit=20)
titles = [product.title for product in page]
while page.has_next_page():
    page = page.next_page()
    titles += [product.title for product in page]
found["titles"] = titles
found["variants"] = sum(len(product.variants) for product in shopify.Product.find(limit=250))
print(json.dumps(found))
