-- The ledger (data/ledger-format.md): accounts, entries that nobody can change, ids that were refused, and the head of the chain.
-- The triggers are the second lock; the first is that no code of ours tries. `keyaki ledger verify` finds who took both off.

CREATE TABLE ledger_account (
  account_id       TEXT PRIMARY KEY CHECK (length(account_id) > 0),
  kind             TEXT NOT NULL CHECK (kind IN ('issuer', 'budget', 'member', 'shop', 'redeemed', 'expired', 'draw')),
  unit             TEXT NOT NULL CHECK (length(unit) > 0 AND lower(unit) NOT IN ('yen', 'jpy', '円', '¥', '￥')),
  debits_posted    INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
  debits_pending   INTEGER NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
  credits_posted   INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
  credits_pending  INTEGER NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
  -- The id says the kind: 'redeemed' and 'expired' alone, the others before a colon.
  CHECK (CASE WHEN kind IN ('redeemed', 'expired') THEN account_id = kind ELSE substr(account_id, 1, length(kind) + 1) = kind || ':' END),
  -- Only an issuer may owe.
  CHECK (kind = 'issuer' OR credits_posted - debits_posted - debits_pending >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entry (
  sequence        INTEGER PRIMARY KEY CHECK (sequence >= 1),
  transfer_id     TEXT NOT NULL UNIQUE CHECK (length(transfer_id) > 0),
  debit_account   TEXT NOT NULL REFERENCES ledger_account (account_id),
  credit_account  TEXT NOT NULL REFERENCES ledger_account (account_id) CHECK (credit_account <> debit_account),
  unit            TEXT NOT NULL,
  amount          INTEGER NOT NULL CHECK (amount > 0),
  code            TEXT NOT NULL CHECK (length(code) > 0),
  reference       TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('posted', 'pending')),
  timeout_s       INTEGER NOT NULL CHECK (timeout_s = 0 OR (timeout_s > 0 AND state = 'pending')), -- 0: waits for ever
  expires_at_us   INTEGER,                                          -- of the points (their lot), Unix time
  resolves        INTEGER UNIQUE REFERENCES ledger_entry (sequence), -- the pending entry that this one ends: at most one ends it (I4)
  time_us         INTEGER NOT NULL CHECK (time_us >= 1),            -- Unix time
  hash            BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- An account's history; and, with debit, time and amount inside, what a rally gave to a member today without reading the entries.
CREATE INDEX ledger_entry_of_debit ON ledger_entry (debit_account, sequence);
CREATE INDEX ledger_entry_of_credit ON ledger_entry (credit_account, sequence);
CREATE INDEX ledger_entry_awards ON ledger_entry (credit_account, debit_account, time_us, amount);
-- Pending entries by deadline, for whoever ends them.
CREATE INDEX ledger_entry_deadline ON ledger_entry (time_us + timeout_s * 1000000) WHERE state = 'pending' AND timeout_s > 0;

-- An id that was refused once is refused for ever (I7).
CREATE TABLE ledger_failed_id (
  transfer_id  TEXT PRIMARY KEY CHECK (length(transfer_id) > 0),
  outcome      TEXT NOT NULL,
  time_us      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last entry again, in one row.
CREATE TABLE ledger_head (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  sequence  INTEGER NOT NULL CHECK (sequence >= 0),
  time_us   INTEGER NOT NULL,
  hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO ledger_head VALUES (1, 0, 0, zeroblob(32));

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

CREATE TRIGGER ledger_failed_id_never_changes BEFORE UPDATE ON ledger_failed_id
BEGIN SELECT RAISE(ABORT, 'a refused transfer id stays refused'); END;
CREATE TRIGGER ledger_failed_id_never_goes BEFORE DELETE ON ledger_failed_id
BEGIN SELECT RAISE(ABORT, 'a refused transfer id stays refused'); END;
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

CREATE TRIGGER ledger_head_never_goes BEFORE DELETE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'the head of the ledger never goes'); END;
CREATE TRIGGER ledger_head_goes_forward BEFORE UPDATE ON ledger_head
WHEN NEW.sequence <> OLD.sequence + 1 OR NEW.time_us <= OLD.time_us
BEGIN SELECT RAISE(ABORT, 'the head of the ledger goes forward one entry at a time'); END;
