-- Keys of programs and persons, versions of rallies, and who did what.

CREATE TABLE api_key (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  scopes         TEXT NOT NULL,  -- separated by one space, as in RFC 6749 section 3.3
  secret_hash    BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32), -- SHA-256; the secret itself is nowhere
  created_at_us  INTEGER NOT NULL,
  revoked_at_us  INTEGER
) STRICT;
CREATE TRIGGER api_key_only_revoked BEFORE UPDATE ON api_key
WHEN OLD.revoked_at_us IS NOT NULL OR NEW.revoked_at_us IS NULL OR NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.scopes <> OLD.scopes
  OR NEW.secret_hash <> OLD.secret_hash OR NEW.created_at_us <> OLD.created_at_us
BEGIN SELECT RAISE(ABORT, 'a key can only be revoked, once'); END;
CREATE TRIGGER api_key_never_goes BEFORE DELETE ON api_key
BEGIN SELECT RAISE(ABORT, 'a key is revoked, never removed'); END;

CREATE TABLE rally_version (
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL CHECK (version >= 1),
  json       TEXT NOT NULL,
  author     TEXT NOT NULL,
  put_at_us  INTEGER NOT NULL,
  PRIMARY KEY (id, version)
) STRICT;
CREATE TRIGGER rally_version_never_changes BEFORE UPDATE ON rally_version
BEGIN SELECT RAISE(ABORT, 'a version of a rally never changes'); END;
CREATE TRIGGER rally_version_never_goes BEFORE DELETE ON rally_version
BEGIN SELECT RAISE(ABORT, 'a version of a rally never goes'); END;
-- Also keeps INSERT OR REPLACE from removing a version, which fires no trigger of DELETE.
CREATE TRIGGER rally_version_has_no_gap BEFORE INSERT ON rally_version
WHEN NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM rally_version WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'versions of a rally are 1, 2, 3 and so on'); END;

CREATE TABLE audit_entry (
  sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
  time_us      INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  action       TEXT NOT NULL,
  subject      TEXT NOT NULL,
  detail_json  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entry_of_subject ON audit_entry (subject, sequence);
CREATE TRIGGER audit_entry_never_changes BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an audit entry never changes'); END;
CREATE TRIGGER audit_entry_never_goes BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an audit entry never goes'); END;
CREATE TRIGGER audit_entry_is_new BEFORE INSERT ON audit_entry
WHEN EXISTS (SELECT 1 FROM audit_entry WHERE sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'an audit entry never changes'); END;
