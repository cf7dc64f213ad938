/** @see engine/state/containers.ts for the meaning of each column. */
export default `
CREATE TABLE container (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL UNIQUE,
  created_at     TEXT NOT NULL,
  image_id       TEXT NOT NULL,
  spec           TEXT NOT NULL,
  state          TEXT NOT NULL,
  runtime        TEXT
) STRICT;
`
