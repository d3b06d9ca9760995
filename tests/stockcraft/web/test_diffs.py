"""A change's fields become readable: what came, what went, and what stayed."""

from __future__ import annotations

from typing import Any

from stockcraft.web import diffs


def row(field: str, before: Any, after: Any, variant: str | None = None) -> diffs.Row:
    return diffs.rows([{"field": field, "before": before, "after": after, "variant": variant}], "USD")[0]


def marked(parts: Any) -> list[str]:
    return [part.text for part in parts if part.marked]


def test_a_variants_field_names_its_variant() -> None:
    found = row("price", "18.00", "19.50", "200 g")
    assert (found.label, marked(found.before), marked(found.after)) == ("Price · 200 g", ["$18.00"], ["$19.50"])


def test_tags_mark_only_what_came_or_went() -> None:
    found = row("tags", ["soy", "home", "autumn"], ["home", "soy", "winter"])
    assert (marked(found.before), marked(found.after)) == (["autumn"], ["winter"])
    assert [part.text for part in found.before] == ["soy", "home", "autumn"]


def test_descriptions_are_compared_as_text() -> None:
    found = row("description_html", "<p>Soy wax. <b>Burns</b> 30 hours.</p>", "<p>Soy wax.</p><p>Burns 40 hours.</p>")
    assert (marked(found.before), marked(found.after)) == (["Burns 30 hours."], ["Burns 40 hours."])
    assert found.whole is None


def test_a_long_description_shows_the_changed_sentence_and_keeps_the_rest() -> None:
    filler = "Made in small batches. " * 20
    found = row("description_html", f"<p>{filler}</p><p>Old end.</p>", f"<p>{filler}</p><p>New end.</p>")
    assert marked(found.after) == ["New end."]
    assert len(found.after[0].text) < 80
    assert found.whole is not None
    assert found.whole[1].endswith("New end.")


def test_text_in_scripts_styles_and_entities_reads_as_text() -> None:
    assert diffs.plain_text("<p>A &amp; B</p><ul><li>one</li><li>two</li></ul>") == "A & B\none\ntwo"


def test_new_and_gone_variants() -> None:
    new, gone = row("variant", None, "1 kg"), row("variant", "200 g", None)
    assert (marked(new.before), marked(new.after)) == ([], ["1 kg"])
    assert (marked(gone.before), marked(gone.after)) == (["200 g"], [])


def test_other_values_are_said_in_words() -> None:
    assert marked(row("status", "draft", "active").after) == ["Active"]
    assert marked(row("taxable", True, False).after) == ["No"]
    assert marked(row("image", None, {"url": "https://cdn.shopify.com/s/mug.jpg?v=2"}).after) == ["mug.jpg"]
    assert marked(row("options", [], [{"name": "Size", "values": ["S", "M"]}]).after) == ["Size: S, M"]
    assert marked(row("published_at", None, "2026-11-12T09:00:00+00:00").after) == ["12 Nov, 09:00 UTC"]
    assert marked(row("option_values", ["S"], ["S", "Red"]).after) == ["S / Red"]
    assert marked(row("weight", "1.5", "1250").after) == ["1,250"]


def test_a_field_of_a_later_version_is_shown_by_its_own_name() -> None:
    assert row("seo_title", "a", "b").label == "seo_title"


def test_the_summary_names_each_field_once_and_counts_variants() -> None:
    fields = [
        {"field": "price", "before": "1", "after": "2", "variant": "S"},
        {"field": "price", "before": "1", "after": "2", "variant": "M"},
        {"field": "tags", "before": [], "after": ["x"], "variant": None},
        {"field": "variant", "before": None, "after": "L", "variant": "L"},
    ]
    assert diffs.summary(fields) == "Price, Tags, variants added: 1"
