-- The key of a device that signs its check-ins, from the first signed one on, and the last number that it signed.
CREATE TABLE device_key (
  device        TEXT PRIMARY KEY,
  public_key    BLOB NOT NULL CHECK (length(public_key) = 32), -- Ed25519
  last_counter  INTEGER NOT NULL CHECK (last_counter >= 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER device_key_counts_up BEFORE UPDATE ON device_key WHEN NEW.last_counter <= OLD.last_counter OR NEW.public_key <> OLD.public_key
BEGIN SELECT RAISE(ABORT, 'a device keeps its key, and its counter goes up'); END;

-- How fast most of a run's track was, in metres a second. Only of tracks that were sent from now on.
ALTER TABLE course_run ADD COLUMN fast_mps REAL CHECK (fast_mps >= 0);
