-- Check-ins, stamps, stored answers and the outbox. No positions: a check-in keeps the coarse evidence of checkin.md, section 6, and
-- that only until its retention is over.

CREATE TABLE check_in (
  id                  TEXT PRIMARY KEY, -- ULID
  member              TEXT NOT NULL,    -- pseudonym
  rally               TEXT NOT NULL,
  spot                TEXT NOT NULL,    -- layer/feature-id
  device              TEXT NOT NULL,
  verdict             TEXT NOT NULL CHECK (verdict IN ('accepted', 'held', 'more_fixes', 'token_required', 'refused')),
  rules               TEXT NOT NULL,
  layer_revision      INTEGER NOT NULL,
  inside_probability  REAL NOT NULL CHECK (inside_probability BETWEEN 0 AND 1),
  evidence_json       TEXT,             -- NULL once its retention is over
  answer_json         TEXT NOT NULL,
  received_at_us      INTEGER NOT NULL  -- Unix time
) STRICT;
CREATE INDEX check_in_of_member ON check_in (member, received_at_us);
CREATE INDEX check_in_of_device ON check_in (device, received_at_us);
CREATE INDEX check_in_of_rally ON check_in (rally, received_at_us);
CREATE INDEX check_in_evidence_retention ON check_in (received_at_us) WHERE evidence_json IS NOT NULL;

-- A fact is never edited; evidence may leave, and a person may be erased (DELETE).
CREATE TRIGGER check_in_never_changes BEFORE UPDATE OF
  id, member, rally, spot, device, verdict, rules, layer_revision, inside_probability, answer_json, received_at_us ON check_in
BEGIN SELECT RAISE(ABORT, 'a check-in never changes'); END;
CREATE TRIGGER check_in_evidence_only_leaves BEFORE UPDATE OF evidence_json ON check_in WHEN NEW.evidence_json IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the evidence of a check-in can only leave'); END;

CREATE TABLE stamp (
  rally          TEXT NOT NULL,
  spot           TEXT NOT NULL,
  member         TEXT NOT NULL,
  period         TEXT NOT NULL, -- 'once', '2026-04-12', '2026-W15'
  check_in       TEXT NOT NULL,
  stamped_at_us  INTEGER NOT NULL,
  PRIMARY KEY (rally, spot, member, period)
) STRICT, WITHOUT ROWID;
CREATE INDEX stamp_of_member ON stamp (member, stamped_at_us);
CREATE TRIGGER stamp_never_changes BEFORE UPDATE ON stamp
BEGIN SELECT RAISE(ABORT, 'a stamp never changes'); END;

-- The same request again gets the same bytes; another client's key is another key.
CREATE TABLE stored_answer (
  client        TEXT NOT NULL,
  route         TEXT NOT NULL,
  key           TEXT NOT NULL,
  body_hash     TEXT NOT NULL,
  status        INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
  headers_json  TEXT NOT NULL,
  body          BLOB NOT NULL,
  stored_at_us  INTEGER NOT NULL,
  PRIMARY KEY (client, route, key)
) STRICT;
CREATE INDEX stored_answer_retention ON stored_answer (stored_at_us);
CREATE TRIGGER stored_answer_never_changes BEFORE UPDATE ON stored_answer
BEGIN SELECT RAISE(ABORT, 'a stored answer never changes'); END;

-- Events for the outside. What happened is fixed; what delivery did with it changes.
CREATE TABLE outbox_event (
  sequence            INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of delivery; a number is never used again
  id                  TEXT NOT NULL UNIQUE,              -- the same at every attempt
  type                TEXT NOT NULL,
  subject             TEXT NOT NULL,                     -- order is kept per subject
  data_json           TEXT NOT NULL,
  time_us             INTEGER NOT NULL,
  attempts            INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at_us  INTEGER,                           -- NULL: at once
  delivered_at_us     INTEGER,
  given_up_at_us      INTEGER,                           -- after the last retry
  last_error          TEXT
) STRICT;
CREATE INDEX outbox_event_waiting ON outbox_event (sequence) WHERE delivered_at_us IS NULL AND given_up_at_us IS NULL;
CREATE INDEX outbox_event_of_subject ON outbox_event (subject, sequence);
CREATE INDEX outbox_event_retention ON outbox_event (delivered_at_us) WHERE delivered_at_us IS NOT NULL;
CREATE TRIGGER outbox_event_never_changes BEFORE UPDATE OF sequence, id, type, subject, data_json, time_us ON outbox_event
BEGIN SELECT RAISE(ABORT, 'an event never changes, only its delivery'); END;
