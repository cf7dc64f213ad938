/** A picture as a data URL: so the bundle has everything in one file. */
declare module '*.png' {
  const url: string
  export default url
}
