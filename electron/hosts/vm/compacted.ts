import { Type } from 'typebox'

/** What `engineroom vm compact --json` prints. */
export const CompactedSchema = Type.Object({ givenBackBytes: Type.Integer() })
