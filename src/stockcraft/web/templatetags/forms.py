"""Form fields as the pages draw them: our class, errors and hints tied by `aria-describedby`."""

from __future__ import annotations

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's control, without the placeholder that would repeat its label."""
    described = [f"{field.id_for_label}_hint"] if field.help_text else []
    attributes: dict[str, str | bool] = {"class": "input", "placeholder": False}
    if field.errors:
        attributes["aria-invalid"] = "true"
        described.append(f"{field.id_for_label}_problem")
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if isinstance(field.field.widget, forms.CheckboxInput):
        attributes.pop("class")
    return field.as_widget(attrs=attributes)
