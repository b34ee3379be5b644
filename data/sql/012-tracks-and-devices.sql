-- How fast most of a run's track was, in metres a second. Only of tracks that were sent from now on.
ALTER TABLE course_run ADD COLUMN fast_mps REAL CHECK (fast_mps >= 0);
