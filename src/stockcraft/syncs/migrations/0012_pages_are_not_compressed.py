"""A page's ids live for minutes and are read back by the run itself: packing them took longer than writing them."""

from django.db import migrations

STORAGE = "ALTER TABLE syncs_runpage ALTER COLUMN read SET STORAGE {0}, ALTER COLUMN unchanged SET STORAGE {0}"


class Migration(migrations.Migration):
    dependencies = [("syncs", "0011_changes_of_products_that_are_not_here")]

    operations = [migrations.RunSQL(STORAGE.format("EXTERNAL"), STORAGE.format("EXTENDED"))]
