"""Takes the pictures of the documentation from the demo itself, so that they cannot show what is not there.

Starts `stockcraft demo` on ports of its own with fresh data, lives through two syncs as a merchant would, and writes
docs/images/*.png. Needs Chromium and the development requirements: `make screenshots`, which also takes the picture of
every page (tests/browser/gallery.py).
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
            page.goto(f"{account}/syncs/")
            page.goto(f"{address}{page.locator('tbody a').first.get_attribute('href')}?kind=update")
            page.locator("details.change summary").first.click()
            take(page, "run")
            page.goto(f"{account}/products/")
            take(page, "products")
            phone = signed_in(browser, address, size=PHONE, scheme="dark", language="fr-FR")
            phone.goto(f"{account}/settings/integrations/")
            take(phone, "integrations-phone-dark-fr")
            browser.close()
    finally:
        demo.terminate()
        demo.wait(timeout=30)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
