import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, type BrowserWindow, dialog, type IpcMainInvokeEvent, ipcMain, Menu, net, powerMonitor, protocol, session, shell } from 'electron'
import { languageFor } from '../renderer/language/language.ts'
import { asPackaged } from './as-packaged.ts'
import { desktopCalls } from './calls.ts'
import { checkHost } from './checks/check-host.ts'
import { CommandLine } from './command-line/command-line.ts'
import { launchedAtMs } from './desktop/launched-at.ts'
import { lockDown, refusePermissions } from './desktop/lockdown.ts'
import { loginStart } from './desktop/login-start.ts'
import { createMenu } from './desktop/menu.ts'
import { DesktopTray } from './desktop/tray.ts'
import { trayAct } from './desktop/tray-acts.ts'
import { TrayKeeper } from './desktop/tray-keeper.ts'
import type { TrayAction } from './desktop/tray-model.ts'
import { createWindow } from './desktop/window.ts'
import { dockerFolder } from './docker/config-file.ts'
import { Registries } from './docker/registries.ts'
import { EngineWatch } from './engine-watch/engine-watch.ts'
import { messageOf } from './errors.ts'
import { loadFirstImage } from './first-image.ts'
import { appSite } from './forward/app-site.ts'
import { isOwnUrl, SCHEME } from './forward/origin.ts'
import { Terminals } from './forward/terminals.ts'
import { ChosenHost } from './hosts/chosen-host.ts'
import { ContextHost } from './hosts/context/context-host.ts'
import { OtherEngines } from './hosts/context/other-engines.ts'
import { NativeHost } from './hosts/native.ts'
import { vmFolder } from './hosts/vm/vm-folder.ts'
import { VmHost } from './hosts/vm/vm-host.ts'
import { channelOf, type EventName } from './ipc/channels.ts'
import type { AppSpending, EventOf, HostChoice, HostStatus } from './ipc/contract.ts'
import { serveCalls } from './ipc/serve.ts'
import type { Notice } from './notifications/notice.ts'
import { Notifier } from './notifications/notifier.ts'
import { showNotice } from './notifications/show-notice.ts'
import { updateNotice } from './notifications/update-notice.ts'
import { type DesktopOptions, desktopOptions, engineHostIn } from './options.ts'
import { AppChoices } from './settings/app-choices.ts'
import { changeDesktopSettings, choiceAsKept, keptChoice, readDesktopSettings } from './settings/desktop-settings.ts'
import { type ManagedSettings, readManagedSettings } from './settings/managed-settings.ts'
import { say, speak } from './text/say.ts'
import { isOfRepository, readInstallation } from './updates/installation.ts'
import { installerFor } from './updates/installer.ts'
import { Updates } from './updates/updates.ts'
import { INSTALLED_VERSION } from './updates/version.ts'

/** The bundle is CommonJS in dist/electron; the built page is its neighbour. */
const PRELOAD = join(__dirname, 'preload.cjs')
const FIRST_IMAGE = join(__dirname, 'first-image.tar')
const STATIC_DIR = join(__dirname, '..', 'renderer')
const IN_TRAY = '--in-tray'
/** Taken at once: the clock may be set later. */
const LAUNCHED_AT_MS = launchedAtMs() ?? process.getCreationTime() ?? Date.now()
/** What a person chooses, by kind of notice. */
const TELLS = { crash: 'tellsCrashes', loop: 'tellsLoops', disk: 'tellsDisk' } as const satisfies Record<Notice['kind'], string>
/** Where the launcher lies, in a checkout and in packages for macOS and Windows. */
const PROGRAM_FOLDER = join(__dirname, '..', '..')

/** Builds every part and hands it to the others; runs once, in the one instance of the app. */
async function start(): Promise<void> {
  const { args, path } = asPackaged({ args: process.argv.slice(1), path: process.env.PATH }, { platform: process.platform, programFolder: PROGRAM_FOLDER })
  if (path !== undefined) process.env.PATH = path
  const options = desktopOptions(args)
  const installation = await readInstallation(__dirname)
  let window: BrowserWindow | undefined
  const tell = <E extends EventName>(name: E, event: EventOf<E>) => {
    if (window && !window.isDestroyed()) window.webContents.send(channelOf(name), event)
  }
  const settingsPath = join(app.getPath('userData'), 'settings.json')
  const managed = readManagedSettings()
  const host = hostFor(options, app.getPath('userData'), settingsPath, managed)
  const socketPath = () => host.socketPath
  const terminals = new Terminals(socketPath, {
    data: (terminalId, data) => tell('terminal.data', { terminalId, data }),
    closed: (terminalId, reason) => tell('terminal.closed', { terminalId, reason }),
  })
  const isOwnPage = ({ senderFrame }: IpcMainInvokeEvent) => senderFrame !== null && senderFrame === window?.webContents.mainFrame && isOwnUrl(senderFrame.url)
  const around = () => ({
    host: host.status,
    environment: process.env,
    dockerFolder: dockerFolder(),
    programFolder: PROGRAM_FOLDER,
    systemSocket: options.systemSocket,
  })
  const registries = new Registries(dockerFolder(), socketPath)
  const commandLine = new CommandLine({
    notesPath: join(app.getPath('userData'), 'command-line.json'),
    dockerFolder: dockerFolder(),
    systemSocket: options.systemSocket,
    programFolder: PROGRAM_FOLDER,
    environment: process.env,
    home: homedir(),
    socketPath,
  })
  const login = loginStart({ platform: process.platform, app, command: loginCommand(), configFolder: app.getPath('appData') })
  const watch = new EngineWatch()
  let tray: TrayKeeper | undefined
  const choices = new AppChoices(settingsPath, managed, login, chosen)
  const updates = new Updates({
    installedVersion: INSTALLED_VERSION,
    arch: process.arch,
    installation,
    isOfRepository,
    installer: installerFor(__dirname, installation),
    notesPath: join(app.getPath('userData'), 'updates.json'),
    folder: join(app.getPath('userData'), 'updates'),
    fetch: (url, init) => net.fetch(url, init),
    choice: () => choices.get(),
    locks: { choice: managed.locked.updates && managed.path, feed: managed.locked.updateFeed !== undefined ? managed.path : undefined },
    changed: (status) => {
      tell('updates.changed', status)
      tray?.update()
    },
    tell: (version) => showNotice(updateNotice(version, INSTALLED_VERSION), open),
  })
  const notifier = new Notifier({
    watch,
    socketPath,
    wants: (kind) => choices.get()[TELLS[kind]],
    show: (notice) => showNotice(notice, open),
  })
  const calls = desktopCalls({
    host,
    otherEngines: new OtherEngines(dockerFolder(), { native: options.engineSocket, vm: options.vm ? vmFolder(options.vm.name).engineSocket : '' }),
    terminals,
    registries,
    commandLine,
    choices,
    updates,
    choose,
    checkHost: () => checkHost(around()),
    loadFirstImage: () => loadFirstImage(host.socketPath, FIRST_IMAGE),
    spending,
    openExternal: (url) => shell.openExternal(url),
  })
  serveCalls(ipcMain, isOwnPage, calls)
  app.on('web-contents-created', (_event, contents) => lockDown(contents))
  app.on('second-instance', (_event, argv) => {
    const kind = engineHostIn(argv)
    if (kind !== undefined && kind !== host.status.kind)
      choose({ kind }).catch((error: unknown) => dialog.showErrorBox(say('The engine stays where it is'), messageOf(error)))
    open()
  })
  app.on('activate', () => open())
  app.on('window-all-closed', () => {
    if (!choices.get().staysInTray) app.quit()
  })
  powerMonitor.on('resume', () => void host.awake())
  app.on('will-quit', () => {
    tray?.close()
    updates.close()
    notifier.close()
    watch.close()
    // Of an engine elsewhere nothing is said here.
    const isRunning = host.status.state === 'running' || host.status.kind === 'context'
    host.close()
    commandLine.rest(isRunning)
  })

  await app.whenReady()
  refusePermissions(session.defaultSession)
  protocol.handle(
    SCHEME,
    appSite({ staticDir: STATIC_DIR, engineSocketPath: socketPath, apiVersion: () => host.apiVersion, registryAuth: (path) => registries.authFor(path) }),
  )
  if (!options.inTray) open()
  chosen()
  const shown = new DesktopTray(act)
  tray = new TrayKeeper({ host, watch, login, newerVersion: () => updates.newerVersion, show: (model) => shown.show(model) })
  host.onChange((status) => {
    tell('host.changed', status)
    watch.follow(status)
    notifier.follow(status)
    tray?.update()
  })
  host.watch()
  if (host.status.kind !== 'context')
    commandLine.resume().catch((error: unknown) => process.stderr.write(`engineroom desktop: ${options.systemSocket}: ${messageOf(error)}\n`))
  startVm()

  /** The language may be another, or what is wanted of updates. */
  function chosen(): void {
    speak(languageFor(choices.get().language, app.getPreferredSystemLanguages()))
    Menu.setApplicationMenu(createMenu(process.platform))
    tray?.update()
    updates.follow()
  }

  /** Who wants the engine in a virtual machine wants it to run. What comes of it is told by the host's state. */
  function startVm(): void {
    if (host.status.kind === 'vm') void host.start()
  }

  /** What the page shows is another engine's: it begins anew. */
  async function choose(choice: HostChoice): Promise<HostStatus> {
    const status = host.choose(choice)
    startVm()
    setImmediate(() => {
      if (window && !window.isDestroyed()) window.webContents.reload()
    })
    return status
  }

  /** Shows the window. @param place in its page, where one is named */
  function open(place?: string): void {
    if (window && !window.isDestroyed()) {
      if (window.isMinimized()) window.restore()
      window.focus()
      if (place !== undefined) tell('place.asked', { hash: place })
      return
    }
    window = createWindow(PRELOAD, place)
    // The page that showed them is gone, or another one took its place.
    window.webContents.on('did-navigate', () => terminals.closeAll())
    window.on('closed', () => terminals.closeAll())
  }

  function act(action: TrayAction): void {
    trayAct(action, { host, login, open, openExternal: (url) => shell.openExternal(url), quit: () => app.quit() }).then(
      () => tray?.update(),
      (error: unknown) => dialog.showErrorBox(say('It was not done'), messageOf(error)),
    )
  }
}

/** As this app was started, but for its window. */
function loginCommand(): readonly [string, ...string[]] {
  return [process.execPath, ...process.argv.slice(1).filter((word) => word !== IN_TRAY), IN_TRAY]
}

/** Of every process that the window has: this one, the page's, the one that draws. */
function spending(): AppSpending {
  const all = app.getAppMetrics()
  return {
    launchedAtMs: LAUNCHED_AT_MS,
    processCount: all.length,
    cpuPercent: all.reduce((sum, { cpu }) => sum + cpu.percentCPUUsage, 0),
    memoryBytes: all.reduce((sum, { memory }) => sum + memory.workingSetSize * 1024, 0),
  }
}

/** The engine of this computer, the one in a virtual machine, or one of a context, as was asked for now or chosen before. */
function hostFor(
  { engineSocket, engineCommand, vm, engineHost, firstEngineHost }: DesktopOptions,
  stateFolder: string,
  settings: string,
  managed: ManagedSettings,
): ChosenHost {
  const native = new NativeHost({ socketPath: engineSocket, startCommand: engineCommand, logPath: join(stateFolder, 'engine.log') })
  if (!vm) return new ChosenHost({ native }, { kind: 'native' }, () => undefined)
  const inVm = new VmHost({ folder: vmFolder(vm.name), command: vm.command, logPath: join(stateFolder, 'vm-start.log') })
  const inContext = (name: string) => new ContextHost({ name, dockerFolder: dockerFolder() })
  const keep = (choice: HostChoice) => changeDesktopSettings(settings, choiceAsKept(choice))
  const { path, locked } = managed
  if (engineHost !== undefined && locked.engineHost !== undefined && engineHost !== locked.engineHost)
    throw new Error(`--engine-host=${engineHost} says otherwise than the administrator of this computer, in ${path}: ${locked.engineHost}`)
  const defaults = { ...(firstEngineHost && { engineHost: firstEngineHost }), ...managed.defaults }
  const choice: HostChoice = engineHost === undefined ? keptChoice(readDesktopSettings(settings, { ...managed, defaults })) : { kind: engineHost }
  return new ChosenHost({ native, others: { vm: inVm, inContext } }, choice, keep, locked.engineHost && path)
}

app.setName('Engineroom')
// Before `ready`: our scheme is to be as good as https, with fetch and streamed answers.
protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } }])
if (app.requestSingleInstanceLock()) start().catch(fail)
else app.quit()

function fail(error: unknown): void {
  process.stderr.write(`engineroom desktop: ${messageOf(error)}\n`)
  dialog.showErrorBox(say('Engineroom cannot start'), messageOf(error))
  app.exit(1)
}
