"""A run's page names every product it touched or held, and shows each field before and after."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from shopsync.changes import HoldReason
from stockcraft.syncs.models import Change, Notice, SyncRun
from stockcraft.web.skips import hold_reason, hold_remedy
from web_cast import Cast, add_change, add_product, add_run, connect, text_of


@pytest.fixture
def run(cast: Cast) -> SyncRun:
    return add_run(
        connect(cast.account), status=SyncRun.Status.WARNINGS, created=1, updated=1, unchanged=38, held=7, duplicates=1
    )


def show(page: Client, run: SyncRun, **query: str) -> str:
    return text_of(page.get(reverse("run", args=[run.account.slug, run.number]), query))


def test_the_counters_show_zero_too(page: Client, run: SyncRun) -> None:
    text = show(page, run)
    assert [word in text for word in ("Added", "Updated", "Unchanged", "Skipped", "Duplicates")] == [True] * 5
    assert "<dd>38</dd>" in text


def test_a_change_shows_money_tags_and_variants_before_and_after(cast: Cast, page: Client, run: SyncRun) -> None:
    product = add_product(run.connection, cast.account, "Candle")
    fields = [
        {"field": "price", "variant": "200 g", "before": "18.00", "after": "19.50"},
        {"field": "tags", "variant": None, "before": ["soy", "autumn"], "after": ["soy", "winter"]},
    ]
    add_change(run, Change.Kind.UPDATE, "Candle", product=product, fields=fields)
    text = show(page, run)
    assert "Price · 200 g" in text
    assert "$18.00</del>" in text
    assert "$19.50</ins>" in text
    assert "autumn</del>" in text
    assert "winter</ins>" in text
    assert "soy</del>" not in text
    assert "Price, Tags" in text


def test_markup_in_a_products_data_is_shown_as_text(cast: Cast, page: Client, run: SyncRun) -> None:
    attack = "<script>alert(1)</script>"
    fields = [{"field": "title", "variant": None, "before": "Mug", "after": attack}]
    add_change(run, Change.Kind.UPDATE, attack, fields=fields)
    assert attack not in show(page, run)


def test_skips_are_counted_by_reason_each_with_what_to_do_and_its_products(page: Client, run: SyncRun) -> None:
    for number in range(3):
        add_change(run, Change.Kind.HOLD, f"Tote {number}", reason="plan_limit")
    add_change(run, Change.Kind.HOLD, "Bowl", reason="ignored")
    add_change(run, Change.Kind.CREATE, "Mug")
    skips = show(page, run).split("Skipped, by reason")[1].split("</section>")[0]
    assert skips.index(">3</b> Not added: Free plan limit of 50 reached") < skips.index(">1</b> Ignored: you chose")
    assert "Upgrade to Plus, and they come in at once." in skips
    assert "syncs leave them out as you asked" in skips
    assert "?kind=hold&amp;reason=ignored#changes" in skips
    listed = show(page, run, kind="hold", reason="ignored").split('id="changes"')[1]
    assert "<strong>Bowl" in listed
    assert "Tote 1" not in listed
    assert "Mug" not in listed
    assert "Show all skipped" in listed


def test_every_reason_to_skip_says_what_it_is_and_what_to_do() -> None:
    said = {(hold_reason(reason), hold_remedy(reason)) for reason in HoldReason}
    assert len(said) == len({why for why, _ in said}) == len({remedy for _, remedy in said}) == len(HoldReason)


def test_skipped_products_are_named_with_the_limit(page: Client, run: SyncRun) -> None:
    for number in range(7):
        add_change(run, Change.Kind.HOLD, f"Tote {number}", reason="plan_limit")
    text = show(page, run)
    assert "7 products were skipped: the Free plan holds 50." in text
    assert "Tote 0, Tote 1, Tote 2, Tote 3, Tote 4 and 2 more" in text
    assert "Not added: Free plan limit of 50 reached" in text
    assert "Upgrade, $5/month" in text


def test_duplicates_are_named_and_lead_to_their_page(page: Client, run: SyncRun) -> None:
    data = {"title": "Lavender Soy Candle", "synced": 1, "left": [2]}
    Notice.objects.create(run=run, code=Notice.Code.DUPLICATE, shopify_product_id=5, data=data)
    text = show(page, run)
    assert "“Lavender Soy Candle”. The first was synced; the others were left as they are." in text
    assert reverse("duplicates", args=[run.account.slug]) in text


def test_books_that_do_not_balance_are_a_warning(page: Client, run: SyncRun) -> None:
    Notice.objects.create(run=run, code=Notice.Code.BOOKS)
    assert "do not add up" in show(page, run)


def test_a_failed_run_shows_its_recipe(cast: Cast, page: Client) -> None:
    run = add_run(connect(cast.account), status=SyncRun.Status.FAILED, failure_code="shopify.missing_scope")
    add_product(run.connection, cast.account, "Mug")
    text = show(page, run)
    assert "Shopify did not give us permission to read products" in text
    assert "<code>shopify.missing_scope</code>" in text
    assert "Your 1 product is unchanged." in text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (SyncRun.Status.SUCCEEDED, "Nothing to change: everything was already up to date."),
        (SyncRun.Status.FAILED, "The sync stopped before it changed anything."),
        (SyncRun.Status.CANCELLED, "The sync stopped before it changed anything."),
        (SyncRun.Status.NEEDS_CONFIRMATION, "Nothing was written in this sync."),
    ],
)
def test_a_run_without_changes_says_why_there_are_none(cast: Cast, page: Client, status: str, said: str) -> None:
    assert said in show(page, add_run(connect(cast.account), status=status))


def test_a_code_we_do_not_know_is_our_own_fault(cast: Cast, page: Client) -> None:
    run = add_run(connect(cast.account), status=SyncRun.Status.FAILED, failure_code="no.such.code")
    assert "Something went wrong on our side" in show(page, run)


def test_a_broken_product_says_why(page: Client, run: SyncRun) -> None:
    add_change(run, Change.Kind.FAIL, "Odd one", detail="price: not a number")
    assert "price: not a number" in show(page, run)


def test_failures_come_first_and_skipped_products_last(page: Client, run: SyncRun) -> None:
    add_change(run, Change.Kind.HOLD, "Tote", reason="ignored")
    add_change(run, Change.Kind.CREATE, "Mug")
    add_change(run, Change.Kind.FAIL, "Odd one", detail="price: not a number")
    listed = show(page, run).split('id="changes"')[1]
    assert listed.index("Odd one") < listed.index("Mug") < listed.index("Tote")


def test_kinds_and_words_narrow_the_list(cast: Cast, page: Client, run: SyncRun) -> None:
    mug = add_product(run.connection, cast.account, "Mug", sku="MUG-1")
    add_change(run, Change.Kind.CREATE, "Mug", product=mug)
    add_change(run, Change.Kind.HOLD, "Tote", reason="ignored")
    held = show(page, run, kind="hold").split('id="changes"')[1]
    assert "Tote" in held
    assert "Mug" not in held
    found = show(page, run, q="mug-1").split('id="changes"')[1]
    assert "Mug" in found
    assert "Tote" not in found
    assert "No change matches." in show(page, run, q="nothing like it")


def test_a_live_run_refreshes_its_head_and_brings_the_changes_at_the_end(cast: Cast, page: Client) -> None:
    run = add_run(connect(cast.account), status=SyncRun.Status.RUNNING, products_total=10, products_read=5)
    address = reverse("run", args=[run.account.slug, run.number])
    script = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "run"}
    text = text_of(page.get(address, **script))
    assert "5 of 10 products" in text
    assert 'id="changes"' not in text
    run.status = SyncRun.Status.SUCCEEDED
    run.save()
    text = text_of(page.get(address, **script))
    assert "data-live" not in text
    assert 'id="changes"' in text
    assert "hx-swap-oob" in text


def test_the_csv_has_a_row_per_field_and_runs_no_formula(page: Client, run: SyncRun) -> None:
    fields = [
        {"field": "price", "variant": "200 g", "before": "18.00", "after": "19.50"},
        {"field": "title", "variant": None, "before": "Mug", "after": "=cmd()"},
    ]
    add_change(run, Change.Kind.UPDATE, "Mug", fields=fields)
    add_change(run, Change.Kind.HOLD, "Tote", reason="plan_limit")
    response = page.get(reverse("run_csv", args=[run.account.slug, run.number]))
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].endswith("price,200 g,18.00,19.50")
    assert lines[2].endswith("title,,Mug,'=cmd()")


def test_the_number_of_queries_does_not_grow_with_the_changes(
    cast: Cast, page: Client, run: SyncRun, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for number in range(20):
        product = add_product(run.connection, cast.account, f"Mug {number}")
        add_change(run, Change.Kind.CREATE, product.title, product=product)
        add_change(run, Change.Kind.HOLD, f"Tote {number}", reason="plan_limit")
    show(page, run)  # counts the products, which do not change any more
    with django_assert_max_num_queries(21):
        show(page, run)


def test_the_json_holds_each_change_with_its_fields(cast: Cast, page: Client) -> None:
    run = add_run(connect(cast.account))
    fields = [{"field": "price", "variant": "S", "before": "18", "after": "19.50"}]
    add_change(run, Change.Kind.UPDATE, "Candle", fields=fields)
    add_change(run, Change.Kind.HOLD, "Tote", reason="plan_limit")
    answer = page.get(reverse("run_json", args=[cast.account.slug, run.number]))
    first, second = json.loads(b"".join(answer.streaming_content))
    assert (first["title"], first["fields"]) == ("Candle", fields)
    assert (second["kind"], second["reason"]) == ("hold", "plan_limit")
