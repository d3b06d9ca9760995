import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# A statement leaves one note for each account whose counts it may have changed, however many products it wrote.
CAME_OR_WENT = """
CREATE FUNCTION catalog_products_came_or_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_touched (account_id) SELECT DISTINCT account_id FROM products;
    RETURN NULL;
END $$
"""
CHANGED = """
CREATE FUNCTION catalog_products_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_touched (account_id)
    SELECT DISTINCT unnest(ARRAY[before.account_id, after.account_id])
      FROM before JOIN after USING (id)
     WHERE (before.account_id, before.connection_id, before.shopify_product_id, before.status,
            before.archived_at IS NULL)
           IS DISTINCT FROM
           (after.account_id, after.connection_id, after.shopify_product_id, after.status,
            after.archived_at IS NULL);
    RETURN NULL;
END $$
"""
TRIGGERS = """
CREATE TRIGGER products_came AFTER INSERT ON catalog_product
    REFERENCING NEW TABLE AS products FOR EACH STATEMENT EXECUTE FUNCTION catalog_products_came_or_went();
CREATE TRIGGER products_went AFTER DELETE ON catalog_product
    REFERENCING OLD TABLE AS products FOR EACH STATEMENT EXECUTE FUNCTION catalog_products_came_or_went();
CREATE TRIGGER products_changed AFTER UPDATE ON catalog_product
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_products_changed();
"""
NO_TRIGGERS = """
DROP TRIGGER products_came ON catalog_product;
DROP TRIGGER products_went ON catalog_product;
DROP TRIGGER products_changed ON catalog_product;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("catalog", "0006_first_matches_are_read_from_the_index")]

    operations = [
        migrations.CreateModel(
            name="Touched",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Counted",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                (
                    "by_status",
                    models.JSONField(default=dict, help_text="Live products by their status in Shopify."),
                ),
                ("archived", models.PositiveIntegerField(default=0)),
                ("duplicates", models.PositiveIntegerField(default=0)),
                (
                    "duplicate_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Products that share a Shopify product with another.",
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.RunSQL([CAME_OR_WENT], "DROP FUNCTION catalog_products_came_or_went"),
        migrations.RunSQL([CHANGED], "DROP FUNCTION catalog_products_changed"),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
