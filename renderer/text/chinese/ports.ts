/** Published ports, and who has one. */
export const PORTS = {
  '{count} ports of this machine lead to {containers}': '本机的 {count} 个端口通向 {containers}',
  '{count} ports': '{count} 个端口',
  'On §addresses': '监听地址',
  'Leads to': '通向',
  'Filter ports': '筛选端口',
  'Filter: port, address, container': '筛选：端口、地址、容器',
  'List of ports': '端口列表',
  'No port is published': '没有发布端口',
  'A published port of this machine leads to a port of a container. Publish one when you run a container:':
    '已发布的端口把本机的端口连到容器的端口。运行容器时可以发布端口：',
  'None of {ports} has “{filter}” in its number, address or container.': '{ports}的端口号、地址和容器中都没有“{filter}”。',
  'every address': '所有地址',
  'Who has a port': '端口被谁占用',
  'Who has port': '查询端口',
  Ask: '查询',
  'belongs to the container': '属于容器',
  'is taken by {holder}': '已被 {holder} 占用',
  'a process that the kernel does not name': '内核没有给出名称的进程',
  'is free': '空闲',
  'A number from 1 to 65535. The answer names the container or the program that has it.': '输入 1 到 65535 之间的数字，即可知道占用它的容器或程序。',
  '{program} (pid {pid})': '{program}（pid {pid}）',
}
