-- What boards read: only what changed after the revision that they know, what each failed objective found, and notes.
ALTER TABLE standing ADD COLUMN found TEXT NOT NULL DEFAULT '{}';

ALTER TABLE standing ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

CREATE INDEX standing_by_revision ON standing (workshop, revision);

ALTER TABLE seat ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- What the instructor wrote beside the event, for the other instructors.
ALTER TABLE event ADD COLUMN note TEXT NOT NULL DEFAULT '';
