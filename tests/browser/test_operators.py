"""The operators' pages in a browser: the strict policy holds on them, and an action works by script and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from playwright.sync_api import expect

from browser_scene import make_scene
from stockcraft.accounts.models import Account, User
from stockcraft.accounts.plans import Plan
from stockcraft.web.operators import site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_no_page_of_operators_breaks_the_policy_and_an_account_is_put_on_plus(person: Callable[..., Any]) -> None:
    make_scene()
    someone = person(User.objects.create_superuser("olivia@example.com", name="Olivia"))
    someone.open("/operators/")
    for model in site._registry:
        page = someone.open(f"/operators/{model._meta.app_label}/{model._meta.model_name}/")
        rows = page.locator("#result_list tbody th a")
        if rows.count():
            rows.first.click()
            expect(page.locator("fieldset").first).to_be_visible()

    page = someone.open("/operators/accounts/account/?q=guarded")
    page.get_by_role("row", name="Guarded").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option(someone.say("Put on Plus"))
    someone.find("button", "Go", exact=True).click()
    told = ("%(n)s account is on %(plan)s now.", "%(n)s accounts are on %(plan)s now.", 1)
    expect(someone.text(*told, n=1, plan="Plus")).to_be_visible()
    assert Account.objects.get(slug="guarded").plan == Plan.PLUS
    assert LogEntry.objects.get().object_repr == "Guarded"
