/** @see engine/state/networks.ts for the meaning of each column. */
export default `
CREATE TABLE network (
  id    TEXT PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE,
  spec  TEXT NOT NULL
) STRICT;
CREATE TABLE sandbox (
  container_id  TEXT PRIMARY KEY,
  spec          TEXT NOT NULL
) STRICT;
`
