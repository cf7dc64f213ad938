import { createServer, type Server } from 'node:http'
import type { Metrics } from '../metrics.ts'
import type { Notifier } from '../notifications.ts'

/** `GET /metrics`, at an address of its own: what it tells is not for everybody who may pull. */
export function createMetricsServer(metrics: Metrics, notifier: Notifier): Server {
  return createServer((request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('see /metrics\n')
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(metrics.text(notifier.pending))
  })
}
