"""`make bench-pages`: how long pages take over a big catalogue and a long history, and with how many queries.

One account with 100,000 products (250,000 variants) and 1,000 runs, beside 200 small accounts, on an embedded
PostgreSQL of its own. Each page is asked for through the whole of Django's handler, by a signed-in reader, and the
fastest, the median and the slowest twentieth are printed; network and browser are left out. Beside them stands the
processor time that the median page took in Python and the mean one in the database, which tells more on a machine that
does other things too. Ends with status 1 and the names of the pages whose median is over the limit, if there are any.

`--keep FOLDER` leaves the filled database there and uses it again the next time; `--only search` asks for some pages.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS = 20
# Milliseconds that the median answer may take.
LIMIT = 100
HOLDS, RUNS_SINCE = 500, 30
OWNER = "bench@example.com"
HEAD = "| page | fastest ms | median ms | 95% ms | Python ms | database ms | queries | kB |"

# Each statement copies one row that the models made, so that columns added later have their defaults here too.
COPY = """
    INSERT INTO {table}
    SELECT made.* FROM {table} AS model, {series},
           jsonb_populate_record(model, jsonb_build_object('id', nextval('{table}_id_seq'), {values})) AS made
     WHERE model.id = %(model)s
"""
PRODUCTS = COPY.format(
    table="catalog_product",
    series="generate_series(2, %(number)s) AS n",
    values="""
        'shopify_product_id', 8000000000 + CASE WHEN n %% 5000 = 0 THEN n - 1 ELSE n END,
        'title', (ARRAY['Lavender','Merino','Speckled','Linen','Écharpe','Walnut','Copper','Indigo'])[1 + n %% 8] || ' '
            || (ARRAY['Candle','Bowl','Tote','Mug','Scarf','Blanket','Lamp'])[1 + n / 8 %% 7] || ' ' || md5(n::text),
        'status', CASE WHEN n %% 20 = 0 THEN 'draft' WHEN n %% 33 = 0 THEN 'archived' ELSE 'active' END,
        'vendor', 'Atelier ' || n %% 400, 'handle', 'product-' || n,
        'archived_at', CASE WHEN n %% 500 = 0 THEN now() END,
        'archive_reason', CASE WHEN n %% 500 = 0 THEN 'removed_in_shopify' ELSE '' END""",
)
VARIANTS = COPY.format(
    table="catalog_variant",
    series="""
        (SELECT id AS item FROM catalog_product WHERE account_id = %(account)s AND id > %(product)s) AS product,
        LATERAL generate_series(1, 2 + item::int %% 2) AS n""",
    values="""
        'product_id', item, 'shopify_variant_id', item * 10 + n, 'title', 'Size ' || n, 'position', n,
        'sku', 'SKU-' || item || '-' || n, 'barcode', 4000000000000 + item * 10 + n,
        'price', 10 + item %% 90""",
)
RUNS = COPY.format(
    table="syncs_syncrun",
    series="""
        generate_series(2, %(number)s) AS n,
        LATERAL (SELECT now() - (%(number)s - n) * interval '8 h' AS at) AS moment""",
    values="""
        'number', n, 'trigger', CASE WHEN n %% 7 = 0 THEN 'manual' ELSE 'scheduled' END,
        'status', CASE WHEN n %% 50 = 0 THEN 'failed' WHEN n %% 9 = 0 THEN 'succeeded_with_warnings'
                       ELSE 'succeeded' END,
        'failure_code', CASE WHEN n %% 50 = 0 THEN 'shopify.unavailable' ELSE '' END,
        'requested_at', at, 'started_at', at, 'finished_at', at + interval '40 s', 'created', n %% 4, 'held', n %% 3""",
)
CHANGES = COPY.format(
    table="syncs_change",
    series="""
        (SELECT run.id AS run_id, product.id AS product_id, product.shopify_product_id, product.title
           FROM syncs_syncrun AS run JOIN catalog_product AS product
             ON product.account_id = run.account_id AND product.id %% 331 = run.number %% 331
            AND product.shopify_product_id %% 5000 < 4999
          WHERE run.account_id = %(account)s AND run.number > 1) AS change""",
    values="""
        'run_id', change.run_id, 'product_id', change.product_id, 'title', change.title,
        'shopify_product_id', change.shopify_product_id""",
)
# The last run that read the whole shop held some products, and webhooks touched a few of them since.
HELD = COPY.format(
    table="syncs_change",
    series="generate_series(1, %(held)s) AS n",
    values="""
        'run_id', %(run)s, 'shopify_product_id', 9000000000 + n, 'kind', 'hold', 'reason', 'needs_decision',
        'title', 'Held ' || n, 'fields', '[]'::jsonb""",
)
SINCE = COPY.format(
    table="syncs_syncrun",
    series="generate_series(%(number)s + 1, %(number)s + %(since)s) AS n",
    values="'number', n, 'trigger', 'webhook', 'mode', 'changes', 'requested_at', now(), 'created', 0",
)
TOUCHED = COPY.format(
    table="syncs_change",
    series="(SELECT id, row_number() OVER (ORDER BY id) AS n FROM syncs_syncrun WHERE id > %(run)s) AS run",
    values="'run_id', run.id, 'shopify_product_id', 9000000000 + run.n, 'title', 'Held ' || run.n",
)


def main() -> None:
    """Fill a database, ask for each page and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the filled database there, and use it again")
    parser.add_argument("--only", default="", metavar="WORD", help="ask only for pages with this word in their name")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-pages-", dir="/tmp") as passing:
        folder = asked.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        os.environ.update(STOCKCRAFT_DATA=str(folder / "data"), DJANGO_SETTINGS_MODULE="stockcraft.settings")
        os.environ.pop("DATABASE_URL", None)
        from stockcraft.lib import embedded

        embedded.start()
        try:
            slow = measure(asked.products, asked.runs, asked.only)
        finally:
            embedded.stop()
    if slow:
        sys.exit(f"Over {LIMIT} ms: {', '.join(slow)}")
    print(f"Every median is within {LIMIT} ms.")


def measure(products: int, runs: int, only: str = "") -> list[str]:
    """Fill the database that runs, unless it is filled, and print what each page with the word ``only`` in its name
    costs; returns the pages whose median is over the limit."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    account, client = _people(products, runs)
    print(f"{products:,} products, {runs:,} runs", HEAD, "|---|---|---|---|---|---|---|---|", sep="\n", flush=True)
    slow = []
    for name, path in _pages(account).items():
        if only not in name:
            continue
        median, row = _row(name, client, path)
        print(row, flush=True)
        if median > LIMIT:
            slow.append(f"{name} ({median:.0f} ms)")
    return slow


def _people(products: int, runs: int) -> tuple[Any, Any]:
    """The big account and its owner's browser, and two hundred small accounts; made and filled where they are not."""
    from django.test import Client

    from stockcraft.accounts.models import Account, User

    account = Account.objects.filter(name="Bench").first()
    if account is None:
        account = Account.objects.open(
            "Bench", owner=User.objects.create_user(OWNER, timezone="Europe/Paris"), plan="plus"
        )
        for number in range(200):
            Account.objects.open(f"Small {number}", owner=User.objects.create_user(f"{number}@example.com"))
        _fill(account, products, runs)
    client = Client(SERVER_NAME="localhost")
    owner = User.objects.get(email=OWNER)
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    return account, client


def _fill(account: Any, products: int, runs: int) -> None:
    """The shop of the big account, its catalogue and its history, beside a small catalogue in every other account."""
    from django.db import connection as database

    from stockcraft.accounts.models import Account

    for other in Account.objects.exclude(pk=account.pk):
        _catalogue(other, 60)
    first = _catalogue(account, products)
    run = first.connection.runs.create(
        account=account,
        number=1,
        trigger="scheduled",
        status="succeeded",
        found=products,
        updated=300,
        unchanged=products - 300,
    )
    change = run.changes.create(
        account=account, shopify_product_id=1, kind="update", title="Candle",
        fields=[{"field": "price", "variant": "S", "before": "10", "after": "11"}],
    )  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(RUNS, {"model": run.pk, "number": runs})
        cursor.execute(CHANGES, {"model": change.pk, "account": account.pk})
        # The very last one failed.
        last = account.runs.get(number=runs - 1).pk
        cursor.execute(HELD, {"model": change.pk, "run": last, "held": HOLDS})
        cursor.execute(SINCE, {"model": run.pk, "number": runs, "since": RUNS_SINCE})
        cursor.execute(TOUCHED, {"model": change.pk, "run": last})
        cursor.execute("VACUUM ANALYZE")


def _catalogue(account: Any, number: int) -> Any:
    """So many products with two or three variants each; returns the first."""
    from django.db import connection as database

    connection = account.connections.create(shop_domain=f"{account.slug}.myshopify.com", currency="EUR")
    product = account.products.create(
        connection=connection, shopify_product_id=8_000_000_001, title="Candle", product_type="Home", currency="EUR",
        description_html="<p>Made by hand in small batches.</p>" * 20, tags=["gift", "home"],
        options=[{"name": "Size", "values": ["S", "L"]}],
    )  # fmt: skip
    variant = product.variants.create(account=account, title="S", option_values=["S"], price=10)
    with database.cursor() as cursor:
        cursor.execute(PRODUCTS, {"model": product.pk, "number": number})
        cursor.execute(VARIANTS, {"model": variant.pk, "account": account.pk, "product": product.pk})
    return product


def _pages(account: Any) -> dict[str, str]:
    here = f"/a/{account.slug}"
    product = account.products.order_by("pk")[500]
    return {
        "products": f"{here}/products/",
        "products, page 1,000": f"{here}/products/?page=1000",
        "products, last page": f"{here}/products/?page=1000000",
        "products, active": f"{here}/products/?show=active",
        "products, drafts": f"{here}/products/?show=draft",
        "products, removed": f"{here}/products/?show=removed",
        "products, duplicates": f"{here}/products/?show=duplicates",
        "products, search “lavender mug”": f"{here}/products/?q=lavender+mug",
        "products, search “sku-4321”": f"{here}/products/?q=sku-4321",
        "products, search “a”": f"{here}/products/?q=a",
        "products, search “4”": f"{here}/products/?q=4",
        "products, search “sku”": f"{here}/products/?q=sku",
        "products, search “lavender”": f"{here}/products/?q=lavender",
        "products, search “lavender”, drafts": f"{here}/products/?q=lavender&show=draft",
        "products, search “nothing-here”": f"{here}/products/?q=nothing-here",
        "product": f"{here}/products/{product.pk}/",
        "duplicates": f"{here}/products/duplicates/",
        "history": f"{here}/syncs/",
        "history, page 40": f"{here}/syncs/?page=40",
        "history, failed": f"{here}/syncs/?status=failed",
        "history, manual": f"{here}/syncs/?trigger=manual",
        "history, 2026": f"{here}/syncs/?from=2026-01-01&to=2026-12-31",
        "history, product “lavender”": f"{here}/syncs/?product=lavender",
        "history, product “a”": f"{here}/syncs/?product=a",
        "history, product “nothing-here”": f"{here}/syncs/?product=nothing-here",
        "run": f"{here}/syncs/{account.runs.exclude(trigger='webhook').count() - 1}/",
        "run, failed": f"{here}/syncs/{account.runs.exclude(trigger='webhook').count()}/",
        "needs your decision": f"{here}/products/needs-your-decision/",
        "home": f"{here}/",
        "integrations": f"{here}/settings/integrations/",
    }


def _row(name: str, client: Any, path: str) -> tuple[float, str]:
    """One page: asked for until it is warm, then timed. Its median in milliseconds, and its row of the table."""
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(database) as captured:
        response = client.get(path)
    queries = len(captured)
    assert response.status_code == 200, (path, response.status_code)
    before = _database_ms()
    times, python = zip(*(_timed(client, path) for _ in range(ROUNDS)), strict=True)
    in_database = (_database_ms() - before) / ROUNDS
    median, slow = statistics.median(times), sorted(times)[int(ROUNDS * 0.95)]
    cells = (min(times), median, slow, statistics.median(python), in_database, queries, len(response.content) / 1000)
    return median, f"| {name} | {' | '.join(f'{cell:.0f}' for cell in cells)} |"


def _timed(client: Any, path: str) -> tuple[float, float]:
    """Milliseconds until the whole page is there: by the clock, and of this process at work."""
    start, worked = time.perf_counter(), time.process_time()
    client.get(path)
    return (time.perf_counter() - start) * 1000, (time.process_time() - worked) * 1000


def _database_ms() -> float:
    """Milliseconds that the database's process of this connection has worked; Linux tells."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the name in brackets, 12 and 13 are the ticks.
    fields = process.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
