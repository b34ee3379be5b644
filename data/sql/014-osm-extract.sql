-- The extract of OpenStreetMap that the layers are made of, kept so that change files can be laid over it. A new one is written piece by piece
-- under a number of its own and becomes the current one in one step; pieces of others are swept.
CREATE TABLE osm_extract (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    is_current   INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    source       TEXT    NOT NULL, -- name of the file that it was made of
    -- Within which new objects are taken: the box that was asked for, else that of the file, else that of its nodes. NULL without any node.
    west_deg REAL, south_deg REAL, east_deg REAL, north_deg REAL,
    is_box_asked INTEGER NOT NULL CHECK (is_box_asked IN (0, 1)), -- 0: features outside of it count too
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
-- brought. Which of the published changes were imports' before, nobody knows any more: all of them count as such.
ALTER TABLE keyaki_layers ADD COLUMN imported_before INTEGER NOT NULL DEFAULT 0;
UPDATE keyaki_layers SET imported_before = published_change;

-- What an import had for a feature that somebody has edited since, where no version of the feature says it.
CREATE TABLE keyaki_brought (
    layer        TEXT    NOT NULL REFERENCES keyaki_layers (id),
    feature_id   TEXT    NOT NULL,
    change       INTEGER NOT NULL,                              -- of that import: a newer version of an import's counts instead
    is_of_draft  INTEGER NOT NULL CHECK (is_of_draft IN (0, 1)), -- 1: goes when the draft is discarded
    content_hash BLOB,                                          -- NULL: it did not have the feature
    PRIMARY KEY (layer, feature_id)
) STRICT, WITHOUT ROWID;
