import type { ServerResponse } from 'node:http'
import { feedNews } from '../news-feed.ts'
import type { Tasks } from './tasks.ts'

/**
 * Tells of every task, a JSON object a line: first which there are (`{"tasks":["ID",…]}`: one that a client knew before and that is not
 * among them ended with the engine), then each and its changes: a summary (`{"id":"ID","kind":"pull",…}`), what it has said
 * (`{"id":"ID","line":{…}}`), or that it is gone (`{"id":"ID","isGone":true}`). A client that reads slowly hears of each layer what was
 * said of it last. Ends when the client leaves.
 */
export function feedTasks(tasks: Tasks, response: ServerResponse): void {
  let told = 0
  let gone: string[] = []
  response.write(`${JSON.stringify({ tasks: tasks.all().map(({ id }) => id) })}\n`)
  feedNews(
    response,
    (tell) =>
      tasks.watch((id, task) => {
        if (!task) gone.push(id)
        tell()
      }),
    () => {
      const news: object[] = gone.map((id) => ({ id, isGone: true }))
      gone = []
      for (const task of tasks.all()) {
        if (task.changedAt > told) news.push(task.summary())
        for (const line of task.lines.after(told)) news.push({ id: task.id, line })
      }
      told = tasks.lastPlace
      return news
    },
  )
}
