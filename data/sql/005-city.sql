-- Whose map this is: one row, or none before a city was named.
CREATE TABLE city (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  name_ja  TEXT NOT NULL,
  name_en  TEXT NOT NULL
) STRICT;
