-- Read by SQLite and PostgreSQL alike, which goes without STRICT. A script is never changed once it has shipped; an empty line parts its statements.
CREATE TABLE round (
    id       TEXT PRIMARY KEY,
    workshop TEXT NOT NULL,
    labs     TEXT NOT NULL,
    seats    INTEGER NOT NULL CHECK (seats > 0),
    begun    TEXT NOT NULL,
    ended    TEXT
) STRICT;

CREATE INDEX round_by_workshop ON round (workshop, begun);

-- The latest look at each seat.
CREATE TABLE seat (
    workshop TEXT NOT NULL,
    name     TEXT NOT NULL,
    account  TEXT,
    error    TEXT,
    calls    INTEGER NOT NULL CHECK (calls >= 0),
    seconds  REAL NOT NULL CHECK (seconds >= 0),
    round    TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (workshop, name)
) STRICT;

-- How each seat stands with each lab: what was seen last, since when nothing has changed, and in how many looks.
CREATE TABLE standing (
    workshop TEXT NOT NULL,
    seat     TEXT NOT NULL,
    lab      TEXT NOT NULL,
    digest   TEXT NOT NULL,
    since    TEXT NOT NULL,
    looks    INTEGER NOT NULL CHECK (looks > 0),
    at       TEXT NOT NULL,
    states   TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    PRIMARY KEY (workshop, seat, lab)
) STRICT;

-- Every other state that a seat has been seen in, only ever added to.
CREATE TABLE change (
    workshop TEXT NOT NULL,
    seat     TEXT NOT NULL,
    lab      TEXT NOT NULL,
    at       TEXT NOT NULL,
    digest   TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    PRIMARY KEY (workshop, seat, lab, at, digest)
) STRICT;
