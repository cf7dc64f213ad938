/** @see engine/state/volumes.ts for the meaning of each column. */
export default `
CREATE TABLE volume (
  name  TEXT PRIMARY KEY,
  spec  TEXT NOT NULL
) STRICT;
`
