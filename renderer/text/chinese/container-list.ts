/** The list of containers: projects, order, and several at once. */
export const CONTAINER_LIST = {
  'With those that are chosen': '对选中的容器',
  '{count} chosen': '已选 {count} 个',
  'What they wrote outside of volumes is lost.': '它们写在卷以外的内容会丢失。',
  'Remove {count} containers': '删除 {count} 个容器',
  'Choose none': '取消选择',
  'Choose {name}': '选择 {name}',
  'Choose all of {project}': '选择 {project} 的全部容器',
  'Fold {project}': '收起 {project}',
  'Unfold {project}': '展开 {project}',
  '{running} of {containers}': '{containers}中有 {running} 个在运行',
  'compose project': 'compose 项目',
  'Stop all of it': '全部停止',
  'Start all of it': '全部启动',
  '{count} containers did not do it': '{count} 个容器未能完成操作',
}
