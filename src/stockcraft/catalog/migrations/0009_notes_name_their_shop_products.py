import django.contrib.postgres.fields
from django.db import migrations, models

# As before, and each note says which shop products it is about: those before and those after the statement.
CAME_OR_WENT = """
CREATE OR REPLACE FUNCTION catalog_products_came_or_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_touched (account_id, shop_ids)
    SELECT account_id, array_remove(array_agg(shopify_product_id), NULL) FROM products GROUP BY account_id;
    RETURN NULL;
END $$
"""
CHANGED = """
CREATE OR REPLACE FUNCTION catalog_products_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH changed AS MATERIALIZED (
        SELECT before.account_id AS old_account, after.account_id AS new_account,
               before.shopify_product_id AS old_shop_id, after.shopify_product_id AS new_shop_id
          FROM before JOIN after USING (id)
         WHERE (before.account_id, before.connection_id, before.shopify_product_id, before.status,
                before.archived_at IS NULL)
               IS DISTINCT FROM
               (after.account_id, after.connection_id, after.shopify_product_id, after.status,
                after.archived_at IS NULL)
    ), either AS (
        SELECT old_account AS account_id, old_shop_id AS shop_id FROM changed
         UNION ALL
        SELECT new_account, new_shop_id FROM changed
    )
    INSERT INTO catalog_touched (account_id, shop_ids)
    SELECT account_id, array_remove(array_agg(DISTINCT shop_id), NULL) FROM either GROUP BY account_id;
    RETURN NULL;
END $$
"""
BEFORE = [
    """
CREATE OR REPLACE FUNCTION catalog_products_came_or_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_touched (account_id) SELECT DISTINCT account_id FROM products;
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE FUNCTION catalog_products_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
""",
]


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_products_left_out"), ("connections", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="touched",
            name="shop_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                help_text="Shopify IDs the products had before or have now.",
                null=True,
                size=None,
            ),
        ),
        migrations.RunSQL([CAME_OR_WENT, CHANGED], BEFORE),
    ]
