"""Forms that come back with what is wrong in them: the page each is on, and what is typed."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

from every_page import FOR_ALL

# Sends what no browser would: what it checks itself is left to the server, as for people without script or with an old
# browser. A field is named by how its name begins, since some names end in the number of a row.
SEND = """(typed) => {
  const fields = Object.keys(typed).map((name) => [...document.querySelectorAll(`main [name^="${name}"]`)]);
  const form = fields[0][0].form;
  form.noValidate = true;
  for (const found of fields) {
    for (const field of found.filter((one) => one.form === form)) {
      if (field.type === "checkbox") field.checked = true;
      else field.value = typed[Object.keys(typed).find((name) => field.name.startsWith(name))];
    }
  }
  form.requestSubmit();
}"""


class SentBack(NamedTuple):
    """A page of tests/every_page.py, and what is typed there, by how the fields' names begin; ticks need no value."""

    page: str
    typed: dict[str, str]

    @property
    def is_for_all(self) -> bool:
        """Whether it is there for people who are not signed in."""
        return self.page in FOR_ALL

    def send(self, page: Page) -> None:
        """Fill the form in on the open page, send it, and wait for it to come back with its problems."""
        page.evaluate(SEND, self.typed)
        page.locator(".problem, .banner.bad").first.wait_for()


SENT_BACK = {
    "sign-in-refused": SentBack("sign-in", {"login": "alice@example.com", "password": "not this one"}),
    "sign-up-refused": SentBack("sign-up", {"email": "nobody", "password1": "1"}),
    "password-reset-refused": SentBack("password-reset", {"email": "nobody"}),
    "password-new-refused": SentBack("password-new", {"password1": "1", "password2": "2"}),
    "shop-refused": SentBack("integrations-not-connected", {"shop": "not a shop!"}),
    "another-shop-refused": SentBack("integrations-connected", {"shop": "not a shop!"}),
    "first-shop-refused": SentBack("first-run", {"shop": "not a shop!"}),
    "profile-refused": SentBack("general", {"language": "x", "name": "n" * 200}),
    "workspace-refused": SentBack("workspace-new", {"name": "n" * 200}),
    "password-change-refused": SentBack("password-change", {"oldpassword": "not this one", "password1": "1"}),
    "costs-refused": SentBack("product", {"own_cost": "a lot", "labour": "-1"}),
    "own-name-refused": SentBack("product", {"name_override": "n" * 300}),
    "choice-refused": SentBack("choose-products", {"take": ""}),
}
