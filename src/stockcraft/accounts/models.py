"""Users, accounts and memberships."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.plans import Plan


class UserManager(BaseUserManager["User"]):
    """Makes users, who are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user with a hashed password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new operator, who may use the admin pages."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in with an e-mail address; language, time zone and theme are theirs, not the account's."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("System")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    is_staff = models.BooleanField(_("operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email.split("@")[0]

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = (self.name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


class AccountManager(models.Manager["Account"]):
    """Makes accounts with a slug of their own."""

    def open(self, name: str, owner: User, plan: str = Plan.FREE) -> Account:
        """A new account with its owner."""
        account = self.create(name=name, slug=self.free_slug(name), plan=plan)
        account.memberships.create(user=owner, role=Membership.Role.OWNER)
        return account

    def free_slug(self, name: str) -> str:
        """A slug like the name that no account has yet."""
        base = slugify(name)[:40] or "account"
        taken = set(self.filter(slug__startswith=base).values_list("slug", flat=True))
        return next(
            slug
            for number in range(1, len(taken) + 3)
            if (slug := f"{base}-{number}" if number > 1 else base) not in taken
        )


class Account(models.Model):
    """The tenant: a shop's workspace, with members and a plan."""

    slug = models.SlugField(unique=True, max_length=50)
    name = models.CharField(_("name"), max_length=100)
    plan = models.CharField(_("plan"), max_length=8, choices=Plan, default=Plan.FREE)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="accounts")

    objects = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name

    @property
    def holds(self) -> int | None:
        """How many live products the account's plan holds; None for any number."""
        return Plan(self.plan).holds

    @property
    def initials(self) -> str:
        """Two letters for the account switcher."""
        words = [word for word in self.name.split() if word[0].isalnum()] or [self.slug]
        return "".join(word[0] for word in words[:2]).upper()


class Membership(models.Model):
    """A user's place in an account."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MEMBER = "member", _("Member")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="one_membership_per_user")]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"
