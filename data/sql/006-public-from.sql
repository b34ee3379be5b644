-- Revisions before this one were for staff alone and stay so when the layer is opened to everyone.
ALTER TABLE keyaki_layers ADD COLUMN public_from INTEGER NOT NULL DEFAULT 1 CHECK (public_from >= 1);
