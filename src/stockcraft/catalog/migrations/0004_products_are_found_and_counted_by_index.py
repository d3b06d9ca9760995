from django.db import migrations, models

ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"
# What parts words: everything in ASCII that is no letter or digit, and the marks of typographers.
APART = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\u00a0\u202f‘’“”«»–—…·"

FUNCTION = f"""
CREATE FUNCTION catalog_words(account bigint, words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(array_remove(array_remove(array_prepend('#' || account,
    string_to_array(translate(lower(words), '{ACCENTED}{APART}', '{PLAIN}' || repeat(' ', {len(APART) - 1})), ' ')
), ''), NULL))
"""
PRODUCT_WORDS = """
CREATE INDEX product_words ON catalog_product USING gin
    (catalog_words(account_id, title || ' ' || name_override || ' ' || handle || ' ' || vendor))
"""
VARIANT_WORDS = """
CREATE INDEX variant_words ON catalog_variant USING gin
    (catalog_words(account_id, left(coalesce(sku, ''), 255) || ' ' || left(coalesce(barcode, ''), 255)))
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_undone_products"), ("connections", "0001_initial")]

    operations = [
        migrations.RunSQL([FUNCTION], "DROP FUNCTION catalog_words"),
        migrations.RunSQL([PRODUCT_WORDS], "DROP INDEX product_words"),
        migrations.RunSQL([VARIANT_WORDS], "DROP INDEX variant_words"),
        migrations.RemoveIndex(model_name="product", name="product_by_title"),
        migrations.RemoveIndex(model_name="product", name="product_live"),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("archived_at", None)),
                fields=["account", "title", "id"],
                include=("status",),
                name="product_live_by_title",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", False)),
                fields=["account", "title", "id"],
                name="product_archived",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("archived_at", None)),
                fields=["account", "connection", "status"],
                name="product_live_count",
            ),
        ),
    ]
