-- What decisions rest on beside the position, what people look at afterwards, runs of courses, and what is won. Most check-ins write to none of these
-- tables: every tree that is touched is one page more in the commit.

-- The score that decided the band, a digest of everything that was decided upon, and hashes of the bundle of fixes (to know it again).
ALTER TABLE check_in ADD COLUMN score REAL NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 100);
ALTER TABLE check_in ADD COLUMN inputs_digest BLOB CHECK (length(inputs_digest) = 32);
ALTER TABLE check_in ADD COLUMN bundle_hashes BLOB;
DROP TRIGGER check_in_never_changes;
CREATE TRIGGER check_in_never_changes BEFORE UPDATE OF
  id, member, rally, spot, device, verdict, rules, layer_revision, inside_probability, answer_json, received_at_us, score, inputs_digest ON check_in
BEGIN SELECT RAISE(ABORT, 'a check-in never changes'); END;
CREATE TRIGGER check_in_hashes_only_leave BEFORE UPDATE OF bundle_hashes ON check_in WHEN NEW.bundle_hashes IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the hashes of a check-in can only leave'); END;

-- Every set of constants that ever decided, by the version that answers name.
CREATE TABLE rule_set (
  version  TEXT PRIMARY KEY,
  json     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rule_set_never_changes BEFORE UPDATE ON rule_set
BEGIN SELECT RAISE(ABORT, 'a version of the rules never changes: changed constants are a new version'); END;
CREATE TRIGGER rule_set_never_goes BEFORE DELETE ON rule_set
BEGIN SELECT RAISE(ABORT, 'a version of the rules is kept for ever'); END;

-- Wrong answers, wrong codes and empty tries of a member at a spot on a day of Japan.
CREATE TABLE wrong_try (
  member      TEXT NOT NULL,
  rally       TEXT NOT NULL,
  spot        TEXT NOT NULL,
  day         TEXT NOT NULL,
  tries       INTEGER NOT NULL CHECK (tries >= 1),
  last_at_us  INTEGER NOT NULL,
  PRIMARY KEY (member, rally, spot, day)
) STRICT, WITHOUT ROWID;

-- Stamps of a day by spot or device, counted where a rally limits them.
CREATE TABLE daily_count (
  rally  TEXT NOT NULL,
  day    TEXT NOT NULL,
  what   TEXT NOT NULL, -- 'spot/…' or 'device/…'
  stamps INTEGER NOT NULL CHECK (stamps >= 1),
  PRIMARY KEY (rally, day, what)
) STRICT, WITHOUT ROWID;

-- What an account has shown lately; only of those that have shown something.
CREATE TABLE standing (
  member     TEXT PRIMARY KEY,
  score      REAL NOT NULL CHECK (score BETWEEN 0 AND 100),
  scored_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What somebody has to look at, or has looked at.
CREATE TABLE review (
  check_in       TEXT PRIMARY KEY,
  member         TEXT NOT NULL,
  rally          TEXT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind = 'held' OR kind = 'sampled'),
  state          TEXT NOT NULL CHECK (state = 'open' OR state = 'approved' OR state = 'rejected' OR state = 'lapsed'),
  opened_at_us   INTEGER NOT NULL,
  due_at_us      INTEGER NOT NULL,
  decided_at_us  INTEGER,
  actor          TEXT,
  note           TEXT,
  CHECK ((state = 'open') = (decided_at_us IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX review_waiting ON review (due_at_us, check_in) WHERE state = 'open';
CREATE INDEX review_of_member ON review (member, rally);
CREATE TRIGGER review_is_decided_once BEFORE UPDATE ON review WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a review is decided once'); END;

-- The secret that codes and printed sheets of a rally's spots are made from.
CREATE TABLE rally_secret (
  rally   TEXT PRIMARY KEY,
  secret  BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT, WITHOUT ROWID;

-- NFC tags that sign each tap (NTAG 424 DNA), with the last counter seen.
CREATE TABLE nfc_tag (
  uid          BLOB PRIMARY KEY CHECK (length(uid) = 7),
  rally        TEXT NOT NULL,
  spot         TEXT NOT NULL,
  file_key     BLOB NOT NULL CHECK (length(file_key) = 16),
  last_counter INTEGER NOT NULL DEFAULT -1 CHECK (last_counter BETWEEN -1 AND 16777215)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER nfc_tag_counts_up BEFORE UPDATE OF last_counter ON nfc_tag WHEN NEW.last_counter <= OLD.last_counter
BEGIN SELECT RAISE(ABORT, 'the counter of a tag goes up'); END;

-- Somebody on a course. The track itself is nowhere: it is judged when it comes, and its coverage is kept.
CREATE TABLE course_run (
  id             TEXT PRIMARY KEY,
  rally          TEXT NOT NULL,
  course         TEXT NOT NULL,
  member         TEXT NOT NULL,
  period         TEXT NOT NULL,
  started_at_us  INTEGER NOT NULL,
  stamps_json    TEXT NOT NULL, -- [[spot, time in microseconds], …]
  coverage       REAL CHECK (coverage BETWEEN 0 AND 1),
  finished_at_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX course_run_of_member ON course_run (member, rally);

-- A rally or a course that a member has finished: 'rally', 'course/<id>', 'course/<id>@2026-04'.
CREATE TABLE finish (
  member         TEXT NOT NULL,
  rally          TEXT NOT NULL,
  what           TEXT NOT NULL,
  finished_at_us INTEGER NOT NULL,
  PRIMARY KEY (member, rally, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE coupon (
  code           TEXT PRIMARY KEY,
  rally          TEXT NOT NULL,
  member         TEXT NOT NULL,
  shop           TEXT NOT NULL,
  title          TEXT NOT NULL,
  check_in       TEXT NOT NULL UNIQUE,
  granted_at_us  INTEGER NOT NULL,
  valid_until_us INTEGER NOT NULL,
  redeemed_at_us INTEGER,
  redeemed_by    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX coupon_of_member ON coupon (member);
CREATE TRIGGER coupon_is_redeemed_once BEFORE UPDATE ON coupon WHEN OLD.redeemed_at_us IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a coupon is redeemed once'); END;

-- Tickets for a draw: numbered by rally; `reason` makes each one single.
CREATE TABLE draw_ticket (
  rally     TEXT NOT NULL,
  member    TEXT NOT NULL,
  reason    TEXT NOT NULL,
  ticket    TEXT NOT NULL UNIQUE, -- random: what stands in the published list instead of the member
  given_at_us INTEGER NOT NULL,
  PRIMARY KEY (rally, member, reason)
) STRICT, WITHOUT ROWID;

-- A draw: the list of tickets is closed and its hash published first, the seed comes after.
CREATE TABLE draw (
  rally           TEXT PRIMARY KEY,
  winners_wanted  INTEGER NOT NULL CHECK (winners_wanted >= 1),
  entries_hash    BLOB NOT NULL CHECK (length(entries_hash) = 32),
  seed_announced  TEXT NOT NULL, -- which outside source and round will be taken
  closed_at_us    INTEGER NOT NULL,
  seed            TEXT,
  drawn_at_us     INTEGER,
  document_json   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER draw_is_drawn_once BEFORE UPDATE ON draw WHEN OLD.seed IS NOT NULL OR NEW.entries_hash <> OLD.entries_hash
  OR NEW.winners_wanted <> OLD.winners_wanted OR NEW.seed_announced <> OLD.seed_announced
BEGIN SELECT RAISE(ABORT, 'a draw is drawn once, from the list that was published'); END;
CREATE TRIGGER draw_never_goes BEFORE DELETE ON draw
BEGIN SELECT RAISE(ABORT, 'a draw is kept for ever'); END;

-- A member's steps of a day, and what was paid for them so far.
CREATE TABLE step_day (
  member        TEXT NOT NULL,
  rally         TEXT NOT NULL,
  day           TEXT NOT NULL,
  source        TEXT NOT NULL,
  steps         INTEGER NOT NULL CHECK (steps >= 0),
  paid_points   INTEGER NOT NULL CHECK (paid_points >= 0),
  reported_at_us INTEGER NOT NULL,
  PRIMARY KEY (member, rally, day)
) STRICT, WITHOUT ROWID;

-- Leave for a phone without a network to check in at some spots within a time, once, by its own key.
CREATE TABLE offline_ticket (
  id            TEXT PRIMARY KEY,
  rally         TEXT NOT NULL,
  member        TEXT NOT NULL,
  device_key    BLOB NOT NULL CHECK (length(device_key) = 32), -- Ed25519
  spots_json    TEXT NOT NULL,
  from_us       INTEGER NOT NULL,
  until_us      INTEGER NOT NULL CHECK (until_us > from_us),
  check_in      TEXT -- that used it
) STRICT, WITHOUT ROWID;
CREATE INDEX offline_ticket_of_member ON offline_ticket (member, rally);
CREATE TRIGGER offline_ticket_is_used_once BEFORE UPDATE ON offline_ticket WHEN OLD.check_in IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an offline ticket is used once'); END;
