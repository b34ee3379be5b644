-- Notes of reviews may say something of a member. They stand with the review, which leaves when the member is erased and after its
-- retention; the audit log is for ever and has no place for them. What was decided, by whom and when stays.

DROP TRIGGER audit_entry_never_changes;
UPDATE audit_entry SET detail_json = json_remove(detail_json, '$.note')
WHERE action = 'review.decide' AND json_extract(detail_json, '$.note') IS NOT NULL;
CREATE TRIGGER audit_entry_never_changes BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an audit entry never changes'); END;
