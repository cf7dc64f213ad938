import { diskPlace } from '../hosts/vm/data-disk/disk-record.ts'
import { finishMove, keepMove, moveDisk } from '../hosts/vm/data-disk/move-disk.ts'
import { vmFolder } from '../hosts/vm/vm-folder.ts'
import { dieAtStep } from './dies-at-step.ts'

/**
 * A data disk that moves as `engineroom vm move` and the supervisor move it, up to the end, by a program that is killed
 * at a step; without one it says how many there are.
 * Arguments: home, folder to move to, step.
 */
const [home = '', dir = '', step = '0'] = process.argv.slice(2)
const folder = vmFolder('default', { home, platform: 'linux' })
const steps = await dieAtStep(Number(step))
await moveDisk(folder, dir, new AbortController().signal, () => undefined)
await keepMove(folder)
await finishMove(folder)
process.stdout.write(JSON.stringify({ all: steps(), path: (await diskPlace(folder)).path }))
