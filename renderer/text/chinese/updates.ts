/** Newer versions of this program. */
export const UPDATES = {
  Updates: '更新',
  'Off: nobody is asked': '关闭：不联系任何服务器',
  'Tell me': '通知我',
  'Tell me, and fetch it': '通知我并下载',
  'Newer versions of this program': '本程序的新版本',
  'Where to look': '更新地址',
  'The folder with latest-linux.yml; nobody is asked while it is empty.': '含有 latest-linux.yml 的目录；留空时不联系任何服务器。',
  'Look now': '立即检查',
  Fetch: '下载',
  'You have {installed}. Updates are off: nobody is asked.': '当前版本是 {installed}。更新已关闭：不联系任何服务器。',
  'You have {installed}. This program was made without a release key, and could not tell a good release from a bad one: it looks for none.':
    '当前版本是 {installed}。这个程序制作时没有发布密钥，无法辨别更新的真伪，因此不检查更新。',
  'You have {installed}. It does not look for newer ones, as it has no address.': '当前版本是 {installed}。没有更新地址，因此不检查更新。',
  'You have {installed}, the newest one.': '当前版本是 {installed}，已是最新。',
  'You have {installed}. {version} goes to some computers first; this one has its turn later.':
    '当前版本是 {installed}。{version} 正在分批发布，本机稍后才会收到。',
  'You have {installed}. {version} is there.': '当前版本是 {installed}。{version} 已发布。',
  'Fetching {version}: {percent} % of {size}': '正在下载 {version}：{size} 中的 {percent}%',
  '{version} was fetched and is what was signed. Installing it starts the engine anew; containers go on.':
    '{version} 已下载，签名无误。安装时引擎会重新启动，容器继续运行。',
  'Installing {version} …': '正在安装 {version} …',
  '{version} is installed. This window is still {installed}, until you quit it and open it again.':
    '{version} 已安装。此窗口仍是 {installed}，退出并重新打开后生效。',
  'It was not installed: {reason}': '未安装：{reason}',
  Install: '安装',
  '{version} was fetched and is what was signed. It is installed when you want it:': '{version} 已下载，签名无误。需要时自行安装：',
  'Your system brings it:': '由系统的软件包管理器提供：',
  'It runs from its sources: update those.': '它从源代码运行：请更新源代码。',
  'It was not found out: {reason}': '没有查到：{reason}',
  'It was not fetched: {reason}': '没有下载成功：{reason}',
  'the command that installs it': '安装命令',
  'What is new': '新内容',
}
