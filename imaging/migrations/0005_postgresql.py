from tortoise import migrations
from tortoise.migrations import operations as ops

# A row is numbered when its transaction commits, and one transaction after the other: ids grow in commit order, and
# nobody waits for anybody before. Until then it has a negative draft number.
EVENTS = """
CREATE SEQUENCE "event_draft_seq" AS bigint INCREMENT -1 OWNED BY "event"."id";
ALTER TABLE "event" ALTER COLUMN "id" SET DEFAULT nextval('event_draft_seq');
CREATE FUNCTION "number_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(6424573612345087081);
    UPDATE "event" SET "id" = nextval('event_id_seq') WHERE "id" = NEW."id";
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER "number_event" AFTER INSERT ON "event" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION "number_event"();
"""

# As on SQLite, file names are sorted by their code points.
NAMES = 'ALTER TABLE "image" ALTER COLUMN "filename_key" TYPE varchar(255) COLLATE "C";'

ORDERS = {
    "created_at": "idx_image_visibil_cb5162",
    "updated_at": "idx_image_visibil_f110da",
    "filename_key": "idx_image_visibil_77270c",
    "size_bytes": "idx_image_visibil_d1d16f",
    "pixels": "idx_image_visibil_0dcc7b",
}
PUBLIC_IMAGES = "".join(
    f'DROP INDEX "{full}"; CREATE INDEX "idx_image_public_{order}" ON "image" ("{order}", "id") '
    "WHERE \"visibility\" = 'PUBLIC';\n"
    for order, full in ORDERS.items()
)
DUE_JOBS = """
DROP INDEX "idx_job_run_aft_020def";
CREATE INDEX "idx_job_due" ON "job" ("run_after") WHERE "failed_at" IS NULL;
"""


class OnPostgres(ops.RunSQL):
    """Statements for PostgreSQL alone; other databases need nothing."""

    async def _run_sql(self, state_editor, sqls) -> None:
        if state_editor.DIALECT == "postgres":
            await super()._run_sql(state_editor, sqls)


class Migration(migrations.Migration):
    dependencies = [("models", "0004_duplicates")]

    initial = False

    operations = [OnPostgres([EVENTS, NAMES, PUBLIC_IMAGES, DUE_JOBS])]
