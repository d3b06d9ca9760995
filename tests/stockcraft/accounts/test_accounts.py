"""Accounts open with an owner and a slug of their own."""

import pytest

from stockcraft.accounts.models import Account, Membership, User

pytestmark = pytest.mark.django_db


def test_an_account_opens_with_its_owner_on_free() -> None:
    alice = User.objects.create_user("Alice@Example.com", "a long password")

    account = Account.objects.open("Maple & Thread", owner=alice)

    assert (account.slug, account.plan, account.holds) == ("maple-thread", "free", 50)
    assert account.memberships.get().role == Membership.Role.OWNER
    assert alice.email == "alice@example.com"


def test_two_accounts_of_one_name_get_different_slugs() -> None:
    alice = User.objects.create_user("alice@example.com", "a long password")

    slugs = [Account.objects.open("Érable", owner=alice).slug for _ in range(3)]

    assert slugs == ["erable", "erable-2", "erable-3"]
