-- Layers, their revisions, and what still has to be cleaned up. The features themselves are in one table per layer (layer_<id>, made by
-- data/layer_schema.cpp), each row one version of one feature, never edited, marked with the changes that added and removed it.
--
-- A change is a number of its own per layer, taken when an import begins. What is published are the changes up to published_change; the
-- draft are the changes up to draft_change; rows of an import that is still running have a higher number than both. So committing an
-- import and publishing a draft move one number each, whatever their size.

CREATE TABLE keyaki_layers (
    id               TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB '[a-z]*' AND id NOT GLOB '*[^a-z0-9_]*' AND length(id) <= 48),
    title_ja         TEXT    NOT NULL,
    title_en         TEXT    NOT NULL,
    geometry         INTEGER NOT NULL CHECK (geometry BETWEEN 0 AND 3),   -- any, point, line, polygon
    visibility       INTEGER NOT NULL CHECK (visibility BETWEEN 0 AND 1), -- everyone, staff
    attribution      TEXT    NOT NULL,
    zoom_min         INTEGER NOT NULL CHECK (zoom_min BETWEEN 0 AND 30),
    zoom_max         INTEGER NOT NULL CHECK (zoom_max BETWEEN zoom_min AND 30),
    revision         INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
    published_change INTEGER NOT NULL DEFAULT 0,
    draft_change     INTEGER NOT NULL DEFAULT 0 CHECK (draft_change >= published_change),
    last_change      INTEGER NOT NULL DEFAULT 0 CHECK (last_change >= draft_change),
    feature_count    INTEGER NOT NULL DEFAULT 0 CHECK (feature_count >= 0),
    west_deg REAL, south_deg REAL, east_deg REAL, north_deg REAL,         -- NULL without features
    -- Of the draft against the published state. The box is of the versions that the draft brings; NULL where they have to be read.
    draft_added      INTEGER NOT NULL DEFAULT 0 CHECK (draft_added >= 0),
    draft_changed    INTEGER NOT NULL DEFAULT 0 CHECK (draft_changed >= 0),
    draft_removed    INTEGER NOT NULL DEFAULT 0 CHECK (draft_removed >= 0),
    draft_west_deg REAL, draft_south_deg REAL, draft_east_deg REAL, draft_north_deg REAL,
    -- JSON: names and types of the properties, and the types of geometry, that the published state and the draft hold.
    profile          TEXT    NOT NULL DEFAULT '{}',
    draft_profile    TEXT    NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE keyaki_revisions (
    layer           TEXT    NOT NULL REFERENCES keyaki_layers (id),
    number          INTEGER NOT NULL CHECK (number >= 1),
    change          INTEGER NOT NULL,
    published_at_us INTEGER NOT NULL,
    author          TEXT    NOT NULL,
    message         TEXT    NOT NULL,
    content_of      INTEGER CHECK (content_of < number),
    added           INTEGER NOT NULL,
    changed         INTEGER NOT NULL,
    removed         INTEGER NOT NULL,
    feature_count   INTEGER NOT NULL,
    west_deg REAL, south_deg REAL, east_deg REAL, north_deg REAL,
    profile         TEXT    NOT NULL,
    PRIMARY KEY (layer, number)
) STRICT, WITHOUT ROWID;

-- Changes that nobody shall ever see: of imports that are running (their byte in the lock file is held), were killed, or of a discarded draft.
CREATE TABLE keyaki_unseen_changes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    layer        TEXT    NOT NULL REFERENCES keyaki_layers (id),
    first_change INTEGER NOT NULL,
    last_change  INTEGER NOT NULL,
    is_import    INTEGER NOT NULL CHECK (is_import IN (0, 1)),
    is_bulk      INTEGER NOT NULL CHECK (is_bulk IN (0, 1)), -- into an empty table: its rows are not in the spatial index yet
    author       TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX keyaki_one_import_per_layer ON keyaki_unseen_changes (layer) WHERE is_import = 1;
