import type { Route } from '../router.ts'
import { feedTasks } from './task-feed.ts'
import type { Tasks } from './tasks.ts'

const PATH = '/engineroom/v1/tasks'

/** Our own, docker has none of it: what goes on without a client. @see docs/decisions/0053-tasks-of-the-engine.md */
export function taskRoutes(tasks: Tasks): Route[] {
  return [
    { method: 'GET', path: PATH, handler: (call) => feedTasks(tasks, call.stream('application/json')) },
    {
      method: 'DELETE',
      path: `${PATH}/{id}`,
      handler(call) {
        tasks.dismiss(call.param('id'))
        call.empty(204)
      },
    },
  ]
}
