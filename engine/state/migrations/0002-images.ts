/** @see engine/state/images.ts for the drawing. */
export default `
CREATE TABLE layer (
  chain_id    TEXT PRIMARY KEY,
  folder      TEXT NOT NULL UNIQUE,
  diff_id     TEXT NOT NULL,
  blob        TEXT NOT NULL,
  media_type  TEXT NOT NULL,
  size_bytes  INTEGER NOT NULL
) STRICT;
CREATE TABLE image (
  id             TEXT PRIMARY KEY,
  parent         TEXT,
  last_tag_time  TEXT
) STRICT;
CREATE TABLE image_layer (
  image_id  TEXT NOT NULL REFERENCES image(id) ON DELETE CASCADE,
  chain_id  TEXT NOT NULL REFERENCES layer(chain_id),
  PRIMARY KEY (image_id, chain_id)
) STRICT;
CREATE TABLE image_name (
  name      TEXT PRIMARY KEY,
  image_id  TEXT NOT NULL REFERENCES image(id) ON DELETE CASCADE
) STRICT;
`
