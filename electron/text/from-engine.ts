/** What the engine says that notifications pass on, to the letter but for its values (engine/checks/disk.ts). */
export const FROM_ENGINE = {
  '{free} of {total} are free at {folder}.': '{folder} 共 {total}，空闲 {free}。',
  'Pulls, builds and loads are refused, so that the machine goes on.': '为了让机器继续运行，拉取、构建和导入都会被拒绝。',
  'Only {count} more files fit on the disk of {folder}.': '{folder} 所在的磁盘只能再容纳 {count} 个文件。',
  'Remove what nobody needs (Data directory), or move the data to a larger disk.': '请删除不需要的内容（见“数据目录”），或者把数据移到更大的磁盘。',
}
