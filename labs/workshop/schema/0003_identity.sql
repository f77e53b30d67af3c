-- Keeps apart what belongs to different accounts, and orders looks by the sequence of rounds instead of by clocks.
-- What an older cardlabs stored names no account: its account, region and parameters stay empty.
CREATE TABLE workshop (
    id       TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    holder   TEXT NOT NULL DEFAULT '',
    beat     INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO workshop (id, sequence, revision)
SELECT known.id, (SELECT count(*) FROM round WHERE round.workshop = known.id), 0
FROM (SELECT workshop AS id FROM round UNION SELECT workshop FROM seat UNION SELECT workshop FROM change) AS known;

ALTER TABLE round ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;

UPDATE round SET sequence = (
    SELECT count(*) FROM round AS other WHERE other.workshop = round.workshop AND other.begun <= round.begun
);

ALTER TABLE seat ADD COLUMN region TEXT;

ALTER TABLE seat ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;

-- The verdicts of a look that could not open the account; they replace no standing.
ALTER TABLE seat ADD COLUMN unseen TEXT NOT NULL DEFAULT '[]';

ALTER TABLE standing RENAME TO standing_without_account;

-- `seen` and `seen_at`: the states of the latest look that judged every objective.
CREATE TABLE standing (
    workshop   TEXT NOT NULL,
    seat       TEXT NOT NULL,
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    lab        TEXT NOT NULL,
    parameters TEXT NOT NULL,
    digest     TEXT NOT NULL,
    since      TEXT NOT NULL,
    looks      INTEGER NOT NULL CHECK (looks > 0),
    at         TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    states     TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    seen       TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    begun      TEXT NOT NULL,
    PRIMARY KEY (workshop, seat, account, region, lab, parameters)
) STRICT;

INSERT INTO standing
SELECT workshop, seat, '', '', lab, '', digest, since, looks, at, 0, states, verdict,
    CASE WHEN replace(states, 'inconclusive', '') = states THEN states ELSE '' END,
    CASE WHEN replace(states, 'inconclusive', '') = states THEN at ELSE '' END,
    CASE WHEN replace(states, 'passed', '') = states THEN '' ELSE since END
FROM standing_without_account;

DROP TABLE standing_without_account;

ALTER TABLE change RENAME TO change_without_account;

CREATE TABLE change (
    workshop   TEXT NOT NULL,
    seat       TEXT NOT NULL,
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    lab        TEXT NOT NULL,
    parameters TEXT NOT NULL,
    at         TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    digest     TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    cardlabs   TEXT NOT NULL,
    PRIMARY KEY (workshop, seat, account, region, lab, parameters, sequence, at, digest)
) STRICT;

INSERT INTO change
SELECT workshop, seat, '', '', lab, '', at, 0, digest, verdict, cardlabs FROM change_without_account;

DROP TABLE change_without_account;

-- What instructors did: breaks of the whole workshop (without a seat), help and snoozes of a seat.
CREATE TABLE event (
    id       TEXT PRIMARY KEY,
    workshop TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('break', 'helped', 'snoozed')),
    seat     TEXT NOT NULL,
    who      TEXT NOT NULL,
    at       TEXT NOT NULL,
    until    TEXT NOT NULL
) STRICT;
