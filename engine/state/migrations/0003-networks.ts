/** @see engine/state/networks.ts for the drawing. */
export default ``
