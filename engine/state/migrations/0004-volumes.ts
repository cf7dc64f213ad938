/** @see engine/state/volumes.ts for the drawing. */
export default ``
