-- The ledger, whole (data/ledger-format.md): pending transfers end, points expire by lots, shops take what their class accepts; and events leave.
-- No entry changes by this, so the chain holds as it did.

-- SQLite reads every trigger again when a table is renamed, and this one names a table that is away for a moment.
DROP TRIGGER ledger_failed_id_is_new;

-- The points of a purpose that were redeemed or have expired have accounts of their own: 'redeemed/childcare'.
CREATE TABLE ledger_account_new (
  account_id       TEXT PRIMARY KEY CHECK (length(account_id) > 0),
  kind             TEXT NOT NULL CHECK (kind IN ('issuer', 'budget', 'member', 'shop', 'redeemed', 'expired', 'draw')),
  unit             TEXT NOT NULL CHECK (length(unit) > 0 AND lower(unit) NOT IN ('yen', 'jpy', '円', '¥', '￥')),
  debits_posted    INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
  debits_pending   INTEGER NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
  credits_posted   INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
  credits_pending  INTEGER NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
  -- The id says the kind: 'redeemed' and 'expired' alone or with their unit, the others before a colon.
  CHECK (CASE WHEN kind = 'redeemed' OR kind = 'expired' THEN account_id = kind OR account_id = kind || '/' || unit
              ELSE substr(account_id, 1, length(kind) + 1) = kind || ':' END),
  -- Only an issuer may owe.
  CHECK (kind = 'issuer' OR credits_posted - debits_posted - debits_pending >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO ledger_account_new SELECT * FROM ledger_account;

CREATE TABLE ledger_entry_new (
  sequence        INTEGER PRIMARY KEY CHECK (sequence >= 1),
  transfer_id     TEXT NOT NULL UNIQUE CHECK (length(transfer_id) > 0),
  debit_account   TEXT NOT NULL REFERENCES ledger_account_new (account_id),
  credit_account  TEXT NOT NULL REFERENCES ledger_account_new (account_id) CHECK (credit_account <> debit_account),
  unit            TEXT NOT NULL,
  amount          INTEGER NOT NULL CHECK (amount > 0),
  code            TEXT NOT NULL CHECK (length(code) > 0),
  reference       TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state = 'posted' OR state = 'pending' OR state = 'voided' OR state = 'expired'),
  timeout_s       INTEGER NOT NULL CHECK (timeout_s = 0 OR (timeout_s > 0 AND state = 'pending')), -- 0: waits for ever
  expires_at_us   INTEGER,                                            -- of the points (their lot), Unix time
  resolves        INTEGER REFERENCES ledger_entry_new (sequence),     -- the pending entry that this one ends
  time_us         INTEGER NOT NULL CHECK (time_us >= 1),              -- Unix time
  hash            BLOB NOT NULL CHECK (length(hash) = 32),
  CHECK (CASE state WHEN 'posted' THEN resolves IS NULL OR resolves < sequence WHEN 'pending' THEN resolves IS NULL
                    ELSE resolves IS NOT NULL AND resolves < sequence END)
) STRICT;
INSERT INTO ledger_entry_new SELECT * FROM ledger_entry ORDER BY sequence;

DROP TABLE ledger_entry;
DROP TABLE ledger_account;
ALTER TABLE ledger_account_new RENAME TO ledger_account;
ALTER TABLE ledger_entry_new RENAME TO ledger_entry;

-- At most one entry ends a pending one (I4). Entries that end none are not in it: a page less in each commit.
CREATE UNIQUE INDEX ledger_entry_resolves ON ledger_entry (resolves) WHERE resolves IS NOT NULL;
-- An account's history; with the expiry inside, a member's lots are found without reading his other entries.
CREATE INDEX ledger_entry_of_debit ON ledger_entry (debit_account, sequence);
CREATE INDEX ledger_entry_of_credit ON ledger_entry (credit_account, sequence, debit_account, expires_at_us);

CREATE TRIGGER ledger_entry_never_changes BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger never changes: correct it by a reversing transfer'); END;
CREATE TRIGGER ledger_entry_never_goes BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger never goes: correct it by a reversing transfer'); END;
-- These three also keep INSERT OR REPLACE from removing an entry, which fires no trigger of DELETE.
CREATE TRIGGER ledger_entry_sequence_has_no_gap BEFORE INSERT ON ledger_entry
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM ledger_entry)
BEGIN SELECT RAISE(ABORT, 'the sequence of the ledger has no gap: the next entry has the next number'); END;
CREATE TRIGGER ledger_entry_time_increases BEFORE INSERT ON ledger_entry
WHEN NEW.time_us <= (SELECT time_us FROM ledger_entry ORDER BY sequence DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'the time of the ledger increases strictly'); END;
CREATE TRIGGER ledger_entry_id_is_new BEFORE INSERT ON ledger_entry
WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE transfer_id = NEW.transfer_id)
  OR EXISTS (SELECT 1 FROM ledger_failed_id WHERE transfer_id = NEW.transfer_id)
  OR EXISTS (SELECT 1 FROM ledger_entry WHERE resolves = NEW.resolves)
BEGIN SELECT RAISE(ABORT, 'a transfer id is used once, and a pending transfer ends once'); END;
CREATE TRIGGER ledger_entry_ends_what_waits BEFORE INSERT ON ledger_entry
WHEN NEW.resolves IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_entry AS pending WHERE pending.sequence = NEW.resolves
  AND pending.state = 'pending' AND pending.debit_account = NEW.debit_account AND pending.credit_account = NEW.credit_account
  AND NEW.amount <= pending.amount)
BEGIN SELECT RAISE(ABORT, 'an entry ends a pending one between the same accounts, and moves no more than was reserved'); END;
CREATE TRIGGER ledger_failed_id_is_new BEFORE INSERT ON ledger_failed_id
WHEN EXISTS (SELECT 1 FROM ledger_failed_id WHERE transfer_id = NEW.transfer_id)
  OR EXISTS (SELECT 1 FROM ledger_entry WHERE transfer_id = NEW.transfer_id)
BEGIN SELECT RAISE(ABORT, 'a transfer id is used once'); END;

CREATE TRIGGER ledger_account_never_goes BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account of the ledger never goes'); END;
CREATE TRIGGER ledger_account_is_new BEFORE INSERT ON ledger_account
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE account_id = NEW.account_id)
BEGIN SELECT RAISE(ABORT, 'an account of the ledger is made once'); END;
CREATE TRIGGER ledger_account_keeps_its_name BEFORE UPDATE OF account_id, kind, unit ON ledger_account
BEGIN SELECT RAISE(ABORT, 'an account of the ledger keeps its id, kind and unit'); END;
CREATE TRIGGER ledger_account_posted_only_grows BEFORE UPDATE OF debits_posted, credits_posted ON ledger_account
WHEN NEW.debits_posted < OLD.debits_posted OR NEW.credits_posted < OLD.credits_posted
BEGIN SELECT RAISE(ABORT, 'posted totals of the ledger only grow'); END;

-- What still waits, and what of each lot is left. Both follow from the entries (`keyaki ledger verify` recomputes them) and are kept by
-- their dates, so that whoever ends what is due looks at nothing else, and a new row stands at the end.
CREATE TABLE ledger_open_pending (
  deadline_us  INTEGER NOT NULL, -- the largest number where it waits for ever
  sequence     INTEGER NOT NULL,
  PRIMARY KEY (deadline_us, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO ledger_open_pending
SELECT CASE timeout_s WHEN 0 THEN 9223372036854775807 ELSE time_us + timeout_s * 1000000 END, sequence FROM ledger_entry WHERE state = 'pending';

CREATE TABLE ledger_open_lot (
  expires_at_us  INTEGER NOT NULL,
  sequence       INTEGER NOT NULL, -- of the entry that brought the points
  rest           INTEGER NOT NULL CHECK (rest > 0),
  PRIMARY KEY (expires_at_us, sequence)
) STRICT, WITHOUT ROWID;
-- What an entry took from a lot, or gave back (below zero).
CREATE TABLE ledger_lot_use (
  entry   INTEGER NOT NULL,
  lot     INTEGER NOT NULL,
  amount  INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry, lot)
) STRICT, WITHOUT ROWID;

-- What a shop is, and which shops take points of which purpose: always the newest line counts, and the older ones say what was allowed when an
-- entry was made. Points without a purpose ('nin') are taken by every shop.
CREATE TABLE ledger_shop_class (
  shop            TEXT NOT NULL,    -- as in 'shop:<shop>'
  after_sequence  INTEGER NOT NULL, -- holds for entries after this one
  class           TEXT NOT NULL,
  PRIMARY KEY (shop, after_sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_purpose_class (
  purpose         TEXT NOT NULL,    -- the unit of its points
  class           TEXT NOT NULL,
  after_sequence  INTEGER NOT NULL,
  accepted        INTEGER NOT NULL CHECK (accepted = 0 OR accepted = 1),
  PRIMARY KEY (purpose, class, after_sequence)
) STRICT, WITHOUT ROWID;

-- Events for the outside: one row each and no index, because one is written with every check-in. An id says what happened, which happens once.
-- A number is never used again as long as the newest row stays, which retention leaves.
CREATE TABLE outbox_event_new (
  sequence   INTEGER PRIMARY KEY,
  id         TEXT NOT NULL,    -- the same at every attempt
  type       TEXT NOT NULL,
  subject    TEXT NOT NULL,    -- order is kept per subject
  data_json  TEXT NOT NULL,
  time_us    INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_event_new SELECT sequence, id, type, subject, data_json, time_us FROM outbox_event ORDER BY sequence;
DROP TABLE outbox_event;
ALTER TABLE outbox_event_new RENAME TO outbox_event;
CREATE TRIGGER outbox_event_never_changes BEFORE UPDATE ON outbox_event
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

-- Who is told. All events up to `cursor` are delivered, or stand in webhook_backlog.
CREATE TABLE webhook (
  id             TEXT PRIMARY KEY,
  url            TEXT NOT NULL,
  types          TEXT NOT NULL, -- separated by one space; empty: all
  signing        TEXT NOT NULL CHECK (signing = 'ed25519' OR signing = 'hmac'),
  secret         BLOB NOT NULL CHECK (length(secret) = 32), -- the seed of the private key, or the shared secret
  cursor         INTEGER NOT NULL,
  created_at_us  INTEGER NOT NULL,
  ended_at_us    INTEGER,       -- removed, or the receiver said that it is gone
  ended_because  TEXT
) STRICT;
-- What has failed, and what waits behind it because it is of the same subject.
CREATE TABLE webhook_backlog (
  webhook             TEXT NOT NULL REFERENCES webhook (id),
  sequence            INTEGER NOT NULL REFERENCES outbox_event (sequence),
  subject             TEXT NOT NULL,
  attempts            INTEGER NOT NULL CHECK (attempts >= 0),
  first_attempt_at_us INTEGER,          -- NULL: not tried yet
  next_attempt_at_us  INTEGER NOT NULL,
  given_up_at_us      INTEGER,          -- after the last retry: a dead letter
  last_error          TEXT NOT NULL,
  PRIMARY KEY (webhook, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_backlog_of_event ON webhook_backlog (sequence);
