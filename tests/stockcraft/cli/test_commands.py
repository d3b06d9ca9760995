"""The command line does the whole job, and says in one sentence what it cannot do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.test import override_settings

from real_processes import TOKEN, ShopProcess, shop
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product
from stockcraft.cli import failures
from stockcraft.cli.main import run
from stockcraft.connections.models import Connection
from stockcraft.syncs.models import SyncRun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def there() -> Iterator[ShopProcess]:
    with shop("--no-throttle") as process:
        yield process


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs a command; returns exit code, output and errors."""

    def carry_out(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return carry_out


@pytest.fixture
def slug(call: Any) -> str:
    _code, out, _err = call("accounts", "create", "--email", "alice@example.com", "--password", "secret-enough")
    return out.splitlines()[-1]


@pytest.fixture
def connected(call: Any, slug: str, there: ShopProcess) -> str:
    code, out, _err = call("connect", "maple-and-thread", "--account", slug, "--token", TOKEN, "--url", there.url)
    assert code == 0
    assert out == f"Maple & Thread (maple-and-thread.myshopify.com) is connected to {slug}.\n"
    return slug


def test_opening_an_account_prints_its_slug_last(slug: str) -> None:
    account = Account.objects.get(slug=slug)

    assert (account.plan, account.members.get().email) == ("free", "alice@example.com")
    assert account.members.get().check_password("secret-enough")


def test_a_second_account_of_the_same_owner_keeps_their_password_and_says_so(call: Any, slug: str) -> None:
    _code, out, _err = call("accounts", "create", "--email", "Alice@example.com", "--password", "another-one")

    second = Account.objects.get(slug=out.splitlines()[-1])
    assert second.members.get().check_password("secret-enough")
    assert "alice@example.com signs in with the password they already have" in out


def test_a_sync_reports_its_counts_and_names_what_it_skipped(call: Any, connected: str) -> None:
    code, out, _err = call("sync", "--account", connected, "--json")

    report = json.loads(out)
    assert code == 0
    assert (report["status"], report["number"], report["failure_code"]) == ("succeeded", 1, None)
    assert report["counts"] == {
        "found": 63, "created": 50, "updated": 0, "restored": 0, "archived": 0, "unchanged": 0, "held": 13,
        "failed": 0, "duplicates": 0,
    }  # fmt: skip
    skipped = report["warnings"]
    assert len(skipped) == 13
    assert {warning["reason"] for warning in skipped} == {"plan_limit"}
    assert skipped[-1]["title"] == "Scrap Bundle"


def test_after_an_upgrade_the_next_sync_brings_in_what_waited(call: Any, connected: str) -> None:
    call("sync", "--account", connected)
    assert call("accounts", "set-plan", connected, "plus")[0] == 0
    assert SyncRun.objects.live().count() == 1

    report = json.loads(call("sync", "--account", connected, "--json")[1])

    assert (report["counts"]["created"], report["counts"]["unchanged"], report["warnings"]) == (13, 50, [])


def test_of_two_local_products_with_one_shopify_id_only_the_first_is_synced(
    call: Any, connected: str, there: ShopProcess
) -> None:
    call("sync", "--account", connected)
    first = Product.objects.order_by("shopify_product_id").first()
    assert first is not None
    second = Product.objects.create(
        account=first.account,
        connection=first.connection,
        shopify_product_id=first.shopify_product_id,
        title="An old copy",
    )
    there.edit(first.shopify_product_id, title="A new title")

    code, out, _err = call("sync", "--account", connected)

    assert code == 0
    assert "succeeded with warnings" in out
    assert f"duplicate: A new title: product {first.pk} was synced, left as they are: {second.pk}" in out
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.title, second.title) == ("A new title", "An old copy")


@pytest.mark.parametrize("word", ["--preview", "--dry-run"])
def test_a_preview_says_what_would_change_and_writes_to_no_product(call: Any, connected: str, word: str) -> None:
    code, out, _err = call("sync", "--account", connected, word, "--json")

    report = json.loads(out)
    assert code == 0
    assert report["counts"]["created"] == len([c for c in report["changes"] if c["kind"] == "create"]) == 50
    assert not Product.objects.exists()
    assert not SyncRun.syncs.exists()
    assert call("sync", "--account", connected, word)[1].startswith("A sync of ")


def test_an_undo_takes_a_sync_back_by_its_number(call: Any, connected: str) -> None:
    call("sync", "--account", connected)

    code, out, _err = call("undo", "--account", connected, "1", "--json")

    assert (code, json.loads(out)["counts"]["archived"]) == (0, 50)
    assert not Product.objects.live().exists()
    assert "has no sync #9" in call("undo", "--account", connected, "9")[2]


def test_only_a_plan_that_waits_is_approved(call: Any, connected: str) -> None:
    call("sync", "--account", connected)

    code, _out, err = call("approve", "--account", connected, "1")

    assert (code, "nothing to confirm" in err) == (2, True)


def test_runs_are_listed_newest_first(call: Any, connected: str) -> None:
    call("sync", "--account", connected)
    call("sync", "--account", connected, "--full")

    listed = json.loads(call("runs", "--account", connected, "--json")[1])

    assert [listed_run["number"] for listed_run in listed] == [2, 1]
    assert listed[0]["counts"]["unchanged"] == 50


def test_the_catalogue_is_exported_in_the_shops_order(call: Any, connected: str, tmp_path: Path) -> None:
    call("sync", "--account", connected)
    out = tmp_path / "products.jsonl"

    assert call("export", "--account", connected, "--format", "jsonl", "--out", str(out))[0] == 0

    products = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(products) == 50
    ids = [product["shopify_product_id"] for product in products]
    assert ids == sorted(ids)
    csv = call("export", "--account", connected, "--format", "csv")[1]
    assert csv.splitlines()[0].startswith("shopify_product_id,")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("sync", "--account", "nobody"), 2, "There is no account nobody."),
        (("connect", "bad name!", "--account", "{slug}", "--token", "t", "--url", "{url}"), 2, "is not the address"),
        (("connect", "other", "--account", "{slug}", "--token", "wrong", "--url", "{url}"), 77, "did not accept this"),
        (
            ("connect", "other", "--account", "{slug}", "--token", "t", "--url", "http://127.0.0.1:9"),
            75,
            "The store did not answer, so nothing was connected.",
        ),
        (("connect", "other", "--account", "{slug}", "--token", "t", "--url", "nonsense"), 2, "no address of a server"),
        (("connect", "x", "--account", "{slug}", "--token", "t", "--url", "http://[x"), 2, "no address of a server"),
        (("connect", "other", "--account", "{slug}", "--token", "", "--url", "{url}"), 2, "is no access token"),
        (("connect", "other", "--account", "{slug}", "--token", "“t”", "--url", "{url}"), 2, "is no access token"),
        (("sync", "--account", "{slug}"), 2, "is connected to no shop"),
        (("accounts", "create", "--email", "nonsense", "--password", "x"), 2, "nonsense is no e-mail address."),
        (("accounts", "create", "--email", f"{'a' * 300}@example.com", "--password", "x"), 2, "is no e-mail address."),
        (("accounts", "create", "--email", "b@example.com", "--password", ""), 2, "The password is empty."),
        (("accounts", "create", "--email", "b@example.com", "--password", "x", "--name", "n" * 101), 2, "too long"),
        (("runs", "--account", "{slug}", "--limit", "-1"), 2, "-1 is not in the range"),
        (("serve", "--port", "99999"), 2, "99999 is not in the range"),
        (("up", "--port", "0"), 2, "0 is not in the range"),
        (("serve", "--threads", "0"), 2, "0 is not in the range"),
        (("serve", "--processes", "0"), 2, "0 is not in the range"),
        (("worker", "--concurrency", "0"), 2, "0 is not in the range"),
        (("operators", "add", "nonsense", "--password", "x"), 2, "nonsense is no e-mail address."),
        (("operators", "add", "olivia@example.com", "--password", "short"), 2, "This password is too short."),
        (("operators", "remove", "olivia@example.com"), 2, "olivia@example.com is no operator."),
        (("export", "--account", "{slug}", "--format", "csv", "--out", "/nowhere/out.csv"), 2, "cannot be written"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_what_cannot_be_done_is_one_sentence_and_a_telling_code(
    call: Any, slug: str, there: ShopProcess, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    filled = [argument.format(slug=slug, url=there.url) for argument in arguments]

    found, out, err = call(*filled)

    assert found == code
    assert sentence in err
    assert "Traceback" not in out + err


def test_a_failure_is_an_object_where_json_was_asked_for(call: Any, slug: str, there: ShopProcess) -> None:
    code, out, err = call(
        "connect", "maple-and-thread", "--account", slug, "--token", "wrong", "--url", there.url, "--json"
    )

    assert (code, err) == (77, "")
    assert json.loads(out)["error"]["code"] == "shopify.unauthorized"
    assert "wrong" not in out


def test_a_mistyped_command_is_an_object_too_where_json_was_asked_for(call: Any) -> None:
    code, out, err = call("runs", "--json")

    assert (code, err) == (2, "")
    assert json.loads(out) == {"error": {"code": "usage", "message": "Missing option '--account'."}}


def test_a_name_of_blanks_is_none(call: Any) -> None:
    call("accounts", "create", "--email", "bob@example.com", "--password", "secret-enough", "--name", "  ")

    assert Account.objects.get().name == "bob"


def test_a_plan_that_was_set_is_an_object_where_json_was_asked_for(call: Any, slug: str) -> None:
    _code, out, _err = call("accounts", "set-plan", slug, "plus", "--json")

    assert json.loads(out) == {"slug": slug, "name": "alice", "plan": "plus"}


def test_what_a_sync_skipped_is_told_in_words(call: Any, connected: str) -> None:
    _code, out, _err = call("sync", "--account", connected)

    assert "succeeded: 63 found, 50 created, 13 held." in out
    assert "  skipped: Scrap Bundle (Not added: Free plan limit of 50 reached)" in out
    assert "Scrap Bundle (Not added: Free plan limit" in call("sync", "--account", connected, "--preview")[1]


def test_a_failed_run_ends_with_the_code_of_its_remedy(call: Any, connected: str, there: ShopProcess) -> None:
    there.fault(refuse_token=True)
    try:
        code, out, _err = call("sync", "--account", connected, "--json")
    finally:
        there.fault(refuse_token=False)

    assert code == 77
    assert json.loads(out)["failure_code"] == "shopify.unauthorized"


def test_another_address_than_shopifys_needs_the_operators_leave(
    call: Any, slug: str, there: ShopProcess, settings: Any
) -> None:
    settings.ALLOW_CUSTOM_SHOPIFY_URL = False

    code, _out, err = call("connect", "x", "--account", slug, "--token", TOKEN, "--url", there.url)

    assert code == 2
    assert "STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL=1" in err


def test_the_doctor_says_for_each_fault_what_to_do_and_ends_with_its_code(call: Any, slug: str) -> None:
    assert "no connected shop" in call("doctor")[1]
    Connection.objects.create(
        account=Account.objects.get(slug=slug),
        shop_domain="maple.myshopify.com",
        access_token="kept",
        base_url="http://127.0.0.1:9",
    ).needs_reconnecting("shopify.unauthorized")

    with override_settings(BASE_URL="http://127.0.0.1:9"):
        code, told, _errors = call("doctor")
        json_code, as_json, _errors = call("doctor", "--account", slug, "--json")

    assert code == json_code == failures.STOP
    assert "Reconnect the store." in told
    assert "STOCKCRAFT_BASE_URL" in told
    findings = {found["code"]: found for found in json.loads(as_json)[0]["findings"]}
    assert findings["access"]["fault"]
    assert "kept" not in told + as_json


def test_a_new_key_is_one_that_the_settings_take(call: Any) -> None:
    assert Fernet(call("keys", "new")[1].strip())


def test_rotating_keys_says_how_many_secrets_there_are(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKCRAFT_ENCRYPTION_KEYS", ",".join(settings.ENCRYPTION_KEYS))
    assert call("keys", "rotate")[:2] == (0, "0 secrets are encrypted with the newest key.\n")


def test_an_operator_is_made_from_nobody_or_from_an_owner_and_unmade(call: Any, slug: str) -> None:
    assert call("operators", "list")[1] == "There are no operators.\n"

    assert call("operators", "add", "Olivia@example.com", "--password", "a long enough password")[0] == 0
    assert call("operators", "add", "alice@example.com")[0] == 0

    listed = json.loads(call("operators", "list", "--json")[1])
    assert listed == {"operators": ["alice@example.com", "olivia@example.com"]}
    assert User.objects.get(email="olivia@example.com").check_password("a long enough password")
    assert User.objects.get(email="alice@example.com").check_password("secret-enough")

    assert call("operators", "remove", "Alice@example.com")[0] == 0
    assert User.objects.filter(is_superuser=True).get().email == "olivia@example.com"
    assert Account.objects.get(slug=slug).members.get().email == "alice@example.com"
