/** @see engine/state/local-registry.ts for the meaning. */
export default `
CREATE TABLE local_registry (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  address  TEXT NOT NULL
) STRICT;
`
