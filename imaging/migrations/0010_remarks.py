from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0009_upkeep")]

    initial = False

    operations = [
        ops.AddField(
            model_name="UpkeepRun", name="remark", field=fields.CharField(default="", db_default="", max_length=500)
        ),
    ]
