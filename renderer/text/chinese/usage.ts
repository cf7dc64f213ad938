/** What a container uses, and how it is set up. */
export const USAGE = {
  '{percent} of a core': '单核的 {percent}',
  'in §received': '接收',
  'out §sent': '发送',
  '{read} read, {written} written': '读取 {read}，写入 {written}',
  read: '读取',
  written: '写入',
  'Processes and threads': '进程和线程',
  'folder of the engine’s machine': '引擎所在机器的文件夹',
  '{kind}, read only': '{kind}，只读',
  never: '从不',
  always: '总是',
  'always, unless somebody stopped it': '总是，除非被手动停止',
  'after a failure': '失败后',
  '{policy}, at most {count} times': '{policy}，最多 {count} 次',
  '{policy}; so far {count} times': '{policy}；目前 {count} 次',
  '{size} of memory': '内存 {size}',
}
