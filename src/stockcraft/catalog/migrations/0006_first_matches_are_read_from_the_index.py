from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0005_who_decides_about_a_field"),
        ("connections", "0004_whole_reads"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="product",
            name="product_by_shopify_id",
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["account", "connection", "shopify_product_id", "id"],
                include=("archived_at",),
                name="product_by_shopify_id",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("archived_at", None), ("digest", None), ("shopify_product_id__isnull", False)),
                fields=["account", "connection"],
                name="product_unwritten",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("archive_reason", "by_hand")),
                fields=["account", "connection", "shopify_product_id"],
                name="product_archived_by_hand",
            ),
        ),
    ]
