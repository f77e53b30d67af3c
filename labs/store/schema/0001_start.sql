-- A script is never changed once it has shipped; an empty line parts its statements.
CREATE TABLE event (
    id          TEXT PRIMARY KEY,
    device      TEXT NOT NULL,
    at          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    card        TEXT,
    rating      INTEGER CHECK (rating BETWEEN 1 AND 4),
    ms          INTEGER CHECK (ms >= 0),
    items_hit   INTEGER CHECK (items_hit >= 0),
    items_total INTEGER CHECK (items_total >= items_hit),
    source      TEXT,
    attempt     TEXT,
    lab         TEXT,
    objective   TEXT,
    data        TEXT NOT NULL CHECK (json_valid(data))
) STRICT;

CREATE INDEX event_by_time ON event (at, id);

CREATE INDEX event_by_card ON event (card, at) WHERE card IS NOT NULL;

CREATE INDEX event_by_lab ON event (lab, kind, at) WHERE lab IS NOT NULL;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are only ever added');
END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are only ever added');
END;
