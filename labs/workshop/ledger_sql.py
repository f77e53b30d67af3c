"""The statements of the ledger, in the SQL that SQLite and PostgreSQL share."""

NEW_WORKSHOP = "INSERT INTO workshop (id, sequence, revision) VALUES (?, 0, 0) ON CONFLICT DO NOTHING"
NEW_REVISION = "UPDATE workshop SET revision = revision + 1 WHERE id = ? RETURNING revision"
NEW_SEQUENCE = "UPDATE workshop SET sequence = sequence + 1 WHERE id = ? RETURNING sequence"
REVISION = "SELECT revision FROM workshop WHERE id = ?"

START_ROUND = "INSERT INTO round (id, workshop, labs, seats, started, sequence) VALUES (?, ?, ?, ?, ?, ?)"
FINISH_ROUND = "UPDATE round SET finished = ? WHERE id = ?"
ROUNDS = "SELECT id, labs, seats, started, finished FROM round WHERE workshop = ? ORDER BY sequence, started"
SEQUENCE = "SELECT sequence FROM round WHERE id = ?"
CHECKED_SEATS = "SELECT name FROM seat WHERE workshop = ? AND round = ?"

SEAT = """
INSERT INTO seat (workshop, name, account, region, error, unseen, calls, seconds, round, at, sequence, revision)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workshop, name) DO UPDATE SET
    account = coalesce(excluded.account, seat.account), region = coalesce(excluded.region, seat.region),
    error = excluded.error, unseen = excluded.unseen, calls = excluded.calls, seconds = excluded.seconds,
    round = excluded.round, at = excluded.at, sequence = excluded.sequence, revision = excluded.revision
WHERE excluded.sequence >= seat.sequence"""
SEATS = "SELECT name, account, region, error, unseen, calls, seconds, at FROM seat WHERE workshop = ?"
SEATS_SINCE = f"{SEATS} AND revision > ?"
ONE_SEAT = f"{SEATS} AND name = ?"

CHANGE = """
INSERT INTO change
    (workshop, seat, account, region, lab, parameters, at, sequence, digest, verdict, cardlabs)
SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT),
    CAST(? AS TEXT), CAST(? AS INTEGER), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)
WHERE NOT EXISTS (SELECT 1 FROM standing WHERE workshop = ? AND seat = ? AND account = ? AND region = ?
    AND lab = ? AND parameters = ? AND digest = ?)
ON CONFLICT DO NOTHING"""
STANDING = """
INSERT INTO standing (workshop, seat, account, region, lab, parameters, digest, since, looks, at, sequence, states,
    verdict, seen, seen_at, started, found, revision)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workshop, seat, account, region, lab, parameters) DO UPDATE SET
    since = CASE WHEN excluded.digest IN ('', standing.digest) THEN standing.since ELSE excluded.since END,
    looks = CASE WHEN excluded.digest IN ('', standing.digest) THEN standing.looks + 1 ELSE 1 END,
    started = CASE WHEN standing.started <> '' THEN standing.started
        WHEN standing.digest = '' OR excluded.digest IN ('', standing.digest) THEN excluded.started
        ELSE excluded.at END,
    digest = CASE WHEN excluded.digest = '' THEN standing.digest ELSE excluded.digest END,
    seen = CASE WHEN excluded.digest = '' THEN standing.seen ELSE excluded.seen END,
    seen_at = CASE WHEN excluded.digest = '' THEN standing.seen_at ELSE excluded.seen_at END,
    at = excluded.at, sequence = excluded.sequence, states = excluded.states, verdict = excluded.verdict,
    found = excluded.found, revision = excluded.revision
WHERE excluded.sequence >= standing.sequence"""
STANDINGS_SINCE = """
SELECT seat, lab, since, looks, at, states, account, region, parameters, seen, seen_at, started, found
FROM standing WHERE workshop = ? AND revision > ? ORDER BY sequence, at"""
VERDICTS = "SELECT lab, account, verdict FROM standing WHERE workshop = ? AND seat = ? ORDER BY sequence, at"
HISTORY = """
SELECT lab, at, verdict, cardlabs, account, region, parameters FROM change WHERE workshop = ? AND seat = ?
ORDER BY sequence, at, lab"""
LAB_HISTORY = (
    "SELECT seat, account, at, verdict FROM change WHERE workshop = ? AND lab = ? ORDER BY sequence, at"
)

EVENT = """
INSERT INTO event (id, workshop, kind, seat, who, at, until, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING"""
END_BREAK = "UPDATE event SET until = ? WHERE workshop = ? AND kind = 'break' AND until = ''"
EVENTS = "SELECT kind, seat, who, at, until, note FROM event WHERE workshop = ? ORDER BY at"

LEASE = "SELECT holder, beat FROM workshop WHERE id = ?"
TAKE_LEASE = "UPDATE workshop SET holder = ?, beat = beat + 1 WHERE id = ? AND holder = ? AND beat = ?"
