-- Which changes of a layer's draft came from imports. What else the draft holds was edited by somebody since: an import that follows asks (server/flows/import).
-- Changes that are published since say nothing any more; the next import takes them away.
CREATE TABLE keyaki_draft_imports (
    layer  TEXT    NOT NULL REFERENCES keyaki_layers (id),
    change INTEGER NOT NULL,
    PRIMARY KEY (layer, change)
) STRICT, WITHOUT ROWID;
