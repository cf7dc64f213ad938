/** @see engine/state/images.ts for the drawing. */
export default ``
