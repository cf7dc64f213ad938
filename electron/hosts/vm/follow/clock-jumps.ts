/** Where the time is read. */
export interface Clocks {
  /** Milliseconds since 1970; may be put right by whoever. */
  readonly now: () => number
  /** Milliseconds since some moment; goes on evenly. On most systems it stands still while the computer sleeps. */
  readonly steady: () => number
}

const HERE: Clocks = { now: () => Date.now(), steady: () => performance.now() }

/** No system tells every program when it wakes up; a timer does, within this time. It asks nobody, and leaves the guest alone. */
const LOOK_EVERY_MS = 10_000

/** What was put right by less is not worth a word. */
const LEAST_JUMP_MS = 200

/** A timer that is this late was not held up by other programs alone. */
const LATE_MS = 5_000

/** Where the guest counts time by itself it runs ahead or behind by and by. */
const AT_LEAST_EVERY_MS = 10 * 60_000

/**
 * Tells when this computer's clock has jumped, since it slept or somebody put it right; and now and then, anyway. Disposal
 * ends it; it keeps no process alive.
 */
export function onClockJump(told: () => void, { now, steady }: Clocks = HERE): Disposable {
  let offset = now() - steady()
  let lookedAt = steady()
  let toldAt = steady()
  const timer = setInterval(() => {
    const [difference, since] = [now() - steady(), steady() - lookedAt]
    const hasJumped = Math.abs(difference - offset) >= LEAST_JUMP_MS || since >= LOOK_EVERY_MS + LATE_MS
    lookedAt = steady()
    if (!hasJumped && steady() - toldAt < AT_LEAST_EVERY_MS) return
    offset = difference
    toldAt = steady()
    told()
  }, LOOK_EVERY_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
