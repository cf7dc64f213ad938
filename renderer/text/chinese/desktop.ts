/** What the desktop does on this computer: its settings, the command line, the first steps. */
export const DESKTOP = {
  'Open at login': '登录时打开',
  'In the tray, without a window.': '只显示在托盘中，不打开窗口。',
  'Stay in the tray': '保留在托盘中',
  'Closing the window does not quit. Where the desktop shows no tray, open Engineroom again to see it.':
    '关闭窗口时不退出。如果桌面不显示托盘，再次打开 Engineroom 即可看到窗口。',
  'Tell of crashes': '容器崩溃时通知',
  'A container ended with an error, and nobody had asked for it.': '容器出错退出，而且不是有人要求的。',
  'Tell of restart loops': '反复重启时通知',
  'A container is started again and again.': '容器不断地重新启动。',
  'Tell of a full disk': '磁盘将满时通知',
  'The engine has little room left for images and containers.': '引擎存放镜像和容器的空间所剩不多。',
  'First steps': '入门',
  'As they were shown when the window was first opened': '与第一次打开窗口时显示的相同',
  'What is set up': '已经设置好的内容',
  'A first container': '第一个容器',
  'Step {step} of {count}': '第 {step} 步，共 {count} 步',
  'An engine runs your containers; this window shows them, and the docker command talks to the same engine.':
    '引擎负责运行容器；本窗口显示这些容器，docker 命令也与同一个引擎通信。',
  'Yours runs {place}.': '你的引擎运行{place}。',
  'It answers.': '它已就绪。',
  'It does not answer yet.': '它还没有响应。',
  'Containers run on this computer’s own Linux: nothing is faster. They go on when the window is closed, and when the engine stops.':
    '容器直接运行在本机的 Linux 上，速度最快。关闭窗口或停止引擎时，容器都会继续运行。',
  'A small Linux of its own runs them, and shares your home. It goes on when the window is closed.':
    '容器运行在独立的小型 Linux 中，它共享你的主目录。关闭窗口时，它会继续运行。',
  'known once the engine answers': '引擎响应后即可得知',
  'So that other programs of this computer find it; all of it can be undone in Settings.': '让本机的其他程序也能找到引擎；都可以在设置中撤销。',
  'A web server in a container. Its image, busybox, came with Engineroom, or is pulled. Its port is open to this computer alone.':
    '在容器中运行一个网页服务器。它的镜像 busybox 随 Engineroom 提供，没有时则从仓库拉取。它的端口只对本机开放。',
  'It did not run': '没有运行成功',
  'It runs: {address}. You find it under Containers as {name}.': '正在运行：{address}。可以在“容器”中找到它，名称是 {name}。',
  'Open it again': '再次打开',
  'Run it and open its port': '运行并打开端口',
  Skip: '跳过',
  Back: '上一步',
  Next: '下一步',
}
