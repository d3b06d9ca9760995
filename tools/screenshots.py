"""Takes the pictures of the documentation from the demo itself, so that they cannot show what is not there.

Starts `stockcraft demo` on ports of its own with fresh data, lives through two syncs as a merchant would, and writes
docs/images/*.png, and docs/pages.md with a picture of every page. Needs Chromium and the development requirements:
`make screenshots`.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
EMAIL, PASSWORD = "amelie@maple-and-thread.example", "maple-and-thread"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Every page by name: what it is, and its address; {account} is the address of the merchant's account.
GALLERY = {
    "home": ("Home", "{account}/"),
    "integrations": ("Settings → Integrations", "{account}/settings/integrations/"),
    "connection": ("A connection and its health", "{account}/connections/1/"),
    "history": ("Sync History", "{account}/syncs/"),
    "run": ("A sync, change by change", "{account}/syncs/2/?kind=update"),
    "products": ("Products", "{account}/products/"),
    "search": ("A search among them", "{account}/products/?q=merino"),
    "product": ("A product", "{account}/products/1/"),
    "product-delete": ("Removing a product", "{account}/products/1/delete/"),
    "duplicates": ("Duplicates", "{account}/products/duplicates/"),
    "product-unlink": ("Unlinking a duplicate", "{account}/products/1/unlink/"),
    "plan": ("Plan", "{account}/plan/"),
    "general": ("Settings → General", "{account}/settings/general/"),
    "members": ("Settings → Members", "{account}/settings/members/"),
    "workspace-new": ("A new workspace", "/workspaces/new/"),
    "password-change": ("Changing the password", "/accounts/password/change/"),
    "help": ("Help", "/help/shopify-auto-sync/"),
    "help-history": ("A topic of help", "/help/shopify-auto-sync/history/"),
    "sign-in": ("Signing in", "/accounts/login/"),
    "sign-up": ("Signing up", "/accounts/signup/"),
    "password-reset": ("A forgotten password", "/accounts/password/reset/"),
}
GALLERY_SIZE = {"width": 1100, "height": 720}
# The poster beside these forms, shown on wide screens, makes heavy files.
WITHOUT_POSTER = {"width": 760, "height": 640}
FORMS = {"workspace-new", "password-change", "sign-in", "sign-up", "password-reset"}
WHOLE = {"history"}
DUPLICATE = """
import django; django.setup()
from stockcraft.catalog.models import Product
first = Product.objects.order_by("pk")[0]
Product.objects.create(account=first.account, connection=first.connection, shopify_product_id=first.shopify_product_id,
                       title=first.title + " (gift box)", notes="for the winter market", currency=first.currency)
"""
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(data: Path, port: int, shop_port: int) -> subprocess.Popen[bytes]:
    """The demo, ready: its first sync is done."""
    environment = {**os.environ, "DATA": str(data), "PORT": str(port), "SHOP_PORT": str(shop_port)}
    process = subprocess.Popen([sys.executable, "-m", "stockcraft", "demo"], env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if b"Ctrl-C stops both" in line:
            return process
    raise SystemExit("The demo did not start.")


def change_the_shop(shop: str) -> None:
    """What a merchant does in a week."""
    products = httpx.get(f"{shop}/products").json()
    candle, bowl, gone = products[0], products[8], products[7]
    httpx.post(f"{shop}/variants/{candle['variants'][0]['id']}", json={"price": "19.50"})
    httpx.post(f"{shop}/variants/{candle['variants'][1]['id']}", json={"price": "32.00"})
    httpx.post(f"{shop}/products/{candle['id']}", json={"tags": ["gift", "home", "soy", "winter"]})
    httpx.post(f"{shop}/products/{bowl['id']}", json={"title": "Speckled Ramen Bowl, Large"})
    httpx.delete(f"{shop}/products/{gone['id']}")


def signed_in(browser: Browser, address: str, *, size: dict[str, int], scheme: str, language: str) -> Page:
    """A page of a signed-in merchant in Paris."""
    context = browser.new_context(
        viewport=size, color_scheme=scheme, locale=language, timezone_id="Europe/Paris", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address)
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/a/**")
    return page


def take_gallery(page: Page, account: str, address: str) -> None:
    """Write a picture of each page, and the document that shows them."""
    folder = IMAGES / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = ["# Every page", "", "Pictures of the demo, taken by `make screenshots`.", ""]
    for name, (title, path) in GALLERY.items():
        if name == "sign-in":
            page.context.clear_cookies()
        found = page.goto(address + path if path.startswith("/") else path.format(account=account))
        assert found is not None
        assert found.ok, path
        page.set_viewport_size(WITHOUT_POSTER if name in FORMS else GALLERY_SIZE)  # type: ignore[arg-type]
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.png", full_page=name in WHOLE)
        lines += [f"## {title}", "", f"![{title}](images/pages/{name}.png)", ""]
    (IMAGES.parent / "pages.md").write_text("\n".join(lines))
    print("docs/pages.md")


def make_a_duplicate(data: Path) -> None:
    """A copy such as a file import leaves."""
    environment = {**os.environ, "STOCKCRAFT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "stockcraft.settings"}
    subprocess.run([sys.executable, "-c", DUPLICATE], env=environment, check=True)


def take(page: Page, name: str) -> None:
    """Write one picture."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="sc-shots-", dir="/tmp"))
    port, shop_port = free_port(), free_port()
    address, shop = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{shop_port}/_sim"
    demo = start_demo(data, port, shop_port)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = signed_in(browser, address, size=DESKTOP, scheme="light", language="en-GB")
            account = page.url.rstrip("/")
            page.goto(f"{account}/settings/integrations/")
            page.get_by_role("switch").click()
            change_the_shop(shop)
            page.get_by_role("button", name="Sync Products Now").click()
            time.sleep(4)
            page.goto(f"{account}/settings/integrations/")
            take(page, "integrations")
            page.goto(f"{account}/syncs/2/?kind=update")
            page.locator("details.change summary").first.click()
            take(page, "run")
            page.goto(f"{account}/products/")
            take(page, "products")
            phone = signed_in(browser, address, size=PHONE, scheme="dark", language="fr-FR")
            phone.goto(f"{account}/settings/integrations/")
            take(phone, "integrations-phone-dark-fr")
            make_a_duplicate(data)
            gallery = signed_in(browser, address, size=GALLERY_SIZE, scheme="light", language="en-GB")
            take_gallery(gallery, account, address)
            browser.close()
    finally:
        demo.terminate()
        demo.wait(timeout=30)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
