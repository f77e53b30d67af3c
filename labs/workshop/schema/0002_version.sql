-- Which cardlabs saw a change; empty where it was seen before this was kept.
ALTER TABLE change ADD COLUMN cardlabs TEXT NOT NULL DEFAULT '';
