-- The words of the boards.
ALTER TABLE round RENAME COLUMN begun TO started;

ALTER TABLE round RENAME COLUMN ended TO finished;

ALTER TABLE standing RENAME COLUMN begun TO started;
