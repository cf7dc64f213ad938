import { setFlagsFromString, startupSnapshot } from 'node:v8'
import { daemonCommand } from './flags.ts'
import { runDaemon } from './run-daemon.ts'

// Evaluated when the snapshot is made: all that is at the top of our modules. What follows runs at each start from it.
// Once for nothing: V8 keeps what it has compiled for it, and each start reads its flags first.
daemonCommand().parse(['-H', 'tcp://0.0.0.0', '--tlsverify'], { from: 'user' })
startupSnapshot.setDeserializeMainFunction(() => {
  // The start is over, of which `--no-rehash-snapshot` speaks; and what V8 has kept of Node's own modules it takes only with the flags that it was made with.
  setFlagsFromString('--rehash-snapshot')
  return runDaemon(process.argv.slice(2))
})
