-- What made writing a check-in slow. The tables hold what they held.
--
-- How the verdict is checked is written in another way: SQLite builds a table of its own for each list of more than two values, each time that a row
-- is checked, which took half the time of writing the row.
CREATE TABLE check_in_new (
  id                  TEXT PRIMARY KEY, -- ULID
  member              TEXT NOT NULL,    -- pseudonym
  rally               TEXT NOT NULL,
  spot                TEXT NOT NULL,    -- layer/feature-id
  device              TEXT NOT NULL,
  verdict             TEXT NOT NULL CHECK (verdict = 'accepted' OR verdict = 'held' OR verdict = 'more_fixes' OR verdict = 'token_required'
                                           OR verdict = 'refused'),
  rules               TEXT NOT NULL,
  layer_revision      INTEGER NOT NULL,
  inside_probability  REAL NOT NULL CHECK (inside_probability BETWEEN 0 AND 1),
  evidence_json       TEXT,             -- NULL once its retention is over
  answer_json         TEXT NOT NULL,
  received_at_us      INTEGER NOT NULL  -- Unix time
) STRICT;
INSERT INTO check_in_new SELECT * FROM check_in ORDER BY rowid;
DROP TABLE check_in;
ALTER TABLE check_in_new RENAME TO check_in;

CREATE INDEX check_in_evidence_retention ON check_in (received_at_us) WHERE evidence_json IS NOT NULL;
CREATE TRIGGER check_in_never_changes BEFORE UPDATE OF
  id, member, rally, spot, device, verdict, rules, layer_revision, inside_probability, answer_json, received_at_us ON check_in
BEGIN SELECT RAISE(ABORT, 'a check-in never changes'); END;
CREATE TRIGGER check_in_evidence_only_leaves BEFORE UPDATE OF evidence_json ON check_in WHEN NEW.evidence_json IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the evidence of a check-in can only leave'); END;

-- A member's stamps stand together, which is how they are asked for: one tree instead of two.
CREATE TABLE stamp_new (
  rally          TEXT NOT NULL,
  spot           TEXT NOT NULL,
  member         TEXT NOT NULL,
  period         TEXT NOT NULL, -- 'once', '2026-04-12', '2026-W15'
  check_in       TEXT NOT NULL,
  stamped_at_us  INTEGER NOT NULL,
  PRIMARY KEY (member, rally, spot, period)
) STRICT, WITHOUT ROWID;
INSERT INTO stamp_new SELECT rally, spot, member, period, check_in, stamped_at_us FROM stamp;
DROP TABLE stamp;
ALTER TABLE stamp_new RENAME TO stamp;
CREATE TRIGGER stamp_never_changes BEFORE UPDATE ON stamp
BEGIN SELECT RAISE(ABORT, 'a stamp never changes'); END;

-- An account's history, and what a rally gave to a member, from one index.
DROP INDEX ledger_entry_awards;
DROP INDEX ledger_entry_of_credit;
CREATE INDEX ledger_entry_of_credit ON ledger_entry (credit_account, sequence, debit_account);

-- Every index is one page more in each commit. These answered no question that is asked; rows stand in the order of their time anyway.
-- (check_in_of_member, check_in_of_device and check_in_of_rally went with the old table.)
DROP INDEX stored_answer_retention;
DROP INDEX outbox_event_of_subject;
