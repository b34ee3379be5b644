-- Single features are edited beside imports, and layers say what their properties must be.
--
-- The schema is JSON that the server reads and writes (server/schema/schema.hpp); '' where nothing is declared. It is versioned with the revisions:
-- a changed schema of a published layer is a revision of its own, whose features are those of the one before (the same change number).
ALTER TABLE keyaki_layers ADD COLUMN schema TEXT NOT NULL DEFAULT '';
ALTER TABLE keyaki_revisions ADD COLUMN schema TEXT NOT NULL DEFAULT '';

-- What becomes of a geometry that is not valid, such as a polygon that crosses itself: 0 it is repaired, 1 the feature is refused.
ALTER TABLE keyaki_layers ADD COLUMN invalid_geometry INTEGER NOT NULL DEFAULT 0 CHECK (invalid_geometry BETWEEN 0 AND 1);

-- Features that were replaced or removed by somebody who did not say which version of them he had seen: of a revision, and so far in the draft.
ALTER TABLE keyaki_layers ADD COLUMN draft_unconditional INTEGER NOT NULL DEFAULT 0 CHECK (draft_unconditional >= 0);
ALTER TABLE keyaki_revisions ADD COLUMN unconditional INTEGER NOT NULL DEFAULT 0 CHECK (unconditional >= 0);
