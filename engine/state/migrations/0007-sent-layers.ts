/** @see engine/state/images.ts for the drawing. */
export default `
CREATE TABLE sent_layer (
  chain_id    TEXT PRIMARY KEY REFERENCES layer(chain_id) ON DELETE CASCADE,
  digest      TEXT NOT NULL,
  size_bytes  INTEGER NOT NULL
) STRICT;
`
