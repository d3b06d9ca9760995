"""An undo needs the fingerprint of what the update brought; a rule made since has the product forget its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syncs", "0012_pages_are_not_compressed")]

    operations = [
        migrations.AddField(
            model_name="change",
            name="digest",
            field=models.BinaryField(help_text="Of an update: of the product as the shop showed it.", null=True),
        ),
    ]
