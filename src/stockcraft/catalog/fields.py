"""Numbers kept exactly as they were given: `50` stays `50` and `50.00` stays `50.00`."""

from decimal import Decimal
from typing import Any

from django.db import models


class ExactDecimalField(models.DecimalField):
    """A decimal of any size and scale (PostgreSQL's plain `numeric`), so that no price is ever rounded or padded."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 40)
        options.setdefault("decimal_places", 20)
        super().__init__(*args, **options)

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return value if value is None or hasattr(value, "as_sql") else Decimal(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if value is None or hasattr(value, "as_sql") else Decimal(value)
