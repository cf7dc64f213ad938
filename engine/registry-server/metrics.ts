/** Upper ends of the histogram's buckets, in seconds. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120] as const

interface Duration {
  readonly buckets: number[]
  count: number
  sumSeconds: number
}

/**
 * What Prometheus may ask for; under the names that docker-registry has for it, so that its dashboards go on.
 * @see Prometheus, "Text-based format"
 */
export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #durations = new Map<string, Duration>()
  #inFlight = 0

  /** A request has come. @returns to be called once it was answered, or broken off */
  begin(handler: string, method: string): (status: number) => void {
    const begunMs = performance.now()
    this.#inFlight += 1
    return (status) => {
      this.#inFlight -= 1
      const labels = `code="${status}",handler="${handler}",method="${method.toLowerCase()}"`
      this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1)
      this.#observe(handler, (performance.now() - begunMs) / 1000)
    }
  }

  #observe(handler: string, seconds: number): void {
    const known = this.#durations.get(handler) ?? { buckets: BUCKETS.map(() => 0), count: 0, sumSeconds: 0 }
    for (const [index, end] of BUCKETS.entries()) if (seconds <= end) known.buckets[index] = (known.buckets[index] ?? 0) + 1
    known.count += 1
    known.sumSeconds += seconds
    this.#durations.set(handler, known)
  }

  /** @param pendingEvents how many notifications have not been delivered yet */
  text(pendingEvents: number): string {
    const name = 'registry_http_request_duration_seconds'
    const durations = [...this.#durations].flatMap(([handler, { buckets, count, sumSeconds }]) => [
      ...buckets.map((value, index) => `${name}_bucket{handler="${handler}",le="${BUCKETS[index]}"} ${value}`),
      `${name}_bucket{handler="${handler}",le="+Inf"} ${count}`,
      `${name}_sum{handler="${handler}"} ${sumSeconds}`,
      `${name}_count{handler="${handler}"} ${count}`,
    ])
    const { user, system } = process.cpuUsage()
    const lines = [
      ...family('registry_http_requests_total', 'counter', 'Requests that were answered.'),
      ...[...this.#requests].map(([labels, count]) => `registry_http_requests_total{${labels}} ${count}`),
      ...family('registry_http_in_flight_requests', 'gauge', 'Requests that are being answered.'),
      `registry_http_in_flight_requests ${this.#inFlight}`,
      ...family(name, 'histogram', 'How long requests took.'),
      ...durations,
      ...family('registry_notifications_pending', 'gauge', 'Events that have not been delivered yet.'),
      `registry_notifications_pending ${pendingEvents}`,
      ...family('process_cpu_seconds_total', 'counter', 'User and system time.'),
      `process_cpu_seconds_total ${(user + system) / 1e6}`,
      ...family('process_resident_memory_bytes', 'gauge', 'Resident memory.'),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ]
    return `${lines.join('\n')}\n`
  }
}

function family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
