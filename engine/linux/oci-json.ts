/** ECMAScript's proposal-json-parse-with-source, which Node 24 has and the compiler's library does not know yet. */
declare global {
  interface JSON {
    /** Text that `stringify` writes as it stands. */
    rawJSON(text: string): object
  }
}

const UNLIMITED = JSON.rawJSON(String(2n ** 64n - 1n))

/** A part of an OCI bundle as the runtime reads it: its rlimits have no sign, -1 is the largest number that they can hold. */
export function ociJson(part: unknown): string {
  return JSON.stringify(part, (key, value: unknown) => ((key === 'hard' || key === 'soft') && value === -1 ? UNLIMITED : value))
}
