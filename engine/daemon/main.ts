import { runDaemon } from './run-daemon.ts'

await runDaemon(process.argv.slice(2))
