// A page that knows an engine's address, ?engine=HOST:PORT, and nothing else: what anyone may put on a web server of theirs.
const engine = new URLSearchParams(location.search).get('engine')
const element = (id) => document.getElementById(id)

async function ask(method, path, body) {
  const json = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(`http://${engine}/v1.51${path}`, { method, ...json })
  if (!answer.ok) throw new Error((await answer.json()).message)
  return answer
}

function say(text) {
  element('status').textContent = text
}

async function list() {
  const containers = await (await ask('GET', '/containers/json?all=1')).json()
  element('containers').replaceChildren(
    ...containers.map(({ Names, State }) => {
      const row = document.createElement('li')
      row.textContent = `${Names[0].slice(1)}: ${State}`
      return row
    }),
  )
  say(`${containers.length} listed`)
}

async function start() {
  const Cmd = element('command').value.split(' ')
  const config = { Image: element('image').value, Cmd, Tty: true, OpenStdin: true }
  const { Id } = await (await ask('POST', '/containers/create', config)).json()
  const terminal = new WebSocket(`ws://${engine}/v1.51/containers/${Id}/attach/ws?stream=1&stdin=1&stdout=1&stderr=1`)
  terminal.binaryType = 'arraybuffer'
  const decoder = new TextDecoder()
  terminal.onmessage = ({ data }) => element('screen').append(decoder.decode(data, { stream: true }))
  terminal.onerror = () => say('the terminal was refused')
  terminal.onopen = async () => {
    await ask('POST', `/containers/${Id}/start`)
    await ask('POST', `/containers/${Id}/resize?h=24&w=100`)
    say('started')
  }
  terminal.onclose = async () => {
    const { StatusCode } = await (await ask('POST', `/containers/${Id}/wait`)).json()
    say(`ended with ${StatusCode}`)
  }
  element('keyboard').onkeydown = ({ key }) => {
    if (key !== 'Enter') return
    terminal.send(`${element('keyboard').value}\r`)
    element('keyboard').value = ''
  }
}

element('list').onclick = () => list().catch((error) => say(`failed: ${error.message}`))
element('start').onsubmit = (event) => {
  event.preventDefault()
  start().catch((error) => say(`failed: ${error.message}`))
}
