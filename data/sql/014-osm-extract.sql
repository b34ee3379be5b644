-- The extract of OpenStreetMap that the layers are made of, kept so that change files can be laid over it. A new one is written piece by piece
-- under a number of its own and becomes the current one in one step; pieces of others are swept.
CREATE TABLE osm_extract (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    is_current   INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    source       TEXT    NOT NULL, -- name of the file that it was made of
    west_deg REAL, south_deg REAL, east_deg REAL, north_deg REAL, -- of the box that was asked for; NULL: the whole file
    changed_at_s INTEGER NOT NULL, -- to when it is current, since 1970; 0: nothing tells
    sequence     INTEGER NOT NULL, -- of the last change file in the replication's own count; 0: not known
    kept_at_us   INTEGER NOT NULL,
    size_bytes   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX osm_extract_current ON osm_extract (is_current) WHERE is_current = 1;
CREATE TABLE osm_piece (
    row     INTEGER PRIMARY KEY,
    extract INTEGER NOT NULL REFERENCES osm_extract (id),
    number  INTEGER NOT NULL,
    bytes   BLOB    NOT NULL,
    UNIQUE (extract, number)
) STRICT;

-- keyaki_draft_imports holds an import's change from now on also when it was published, so that a city's own edits are known from what imports
-- brought. Which changes were imports' before, nobody knows any more: those up to this one count as such.
ALTER TABLE keyaki_layers ADD COLUMN imported_before INTEGER NOT NULL DEFAULT 0;
UPDATE keyaki_layers SET imported_before = last_change;
