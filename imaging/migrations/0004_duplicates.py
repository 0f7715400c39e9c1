from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_uploads_and_versions")]

    initial = False

    operations = [
        ops.AddIndex("Image", Index(fields=["sha256"])),
        ops.AddIndex("Image", Index(fields=["pixel_hash"])),
        ops.AddIndex("Image", Index(fields=["perceptual_hash"])),
        # The four bands of the perceptual hash (imaging.images.likeness). SQLite and PostgreSQL use an index on an
        # expression where a query has that very expression, and read no row when the whole hash is in the index, too.
        *(
            ops.RunSQL(
                f'CREATE INDEX "idx_image_band_{band}"'
                f' ON "image" (substr("perceptual_hash", {1 + 4 * band}, 4), "perceptual_hash")',
                f'DROP INDEX "idx_image_band_{band}"',
            )
            for band in range(4)
        ),
    ]
