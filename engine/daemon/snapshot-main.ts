import { startupSnapshot } from 'node:v8'
import { runDaemon } from './run-daemon.ts'

// Evaluated when the snapshot is made: all that is at the top of our modules. What follows runs at each start from it.
startupSnapshot.setDeserializeMainFunction(() => runDaemon(process.argv.slice(2)))
