from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0007_counts_are_kept_until_products_change"),
        ("syncs", "0010_names_for_operators"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("product", None)),
                fields=["account", "run"],
                include=("title",),
                name="change_not_here",
            ),
        ),
    ]
