import { CliCommand } from './command/command.ts'
import { list } from './command/values.ts'

/** What stands before the command: the program's own flags. */
export function rootCommand(): CliCommand {
  return new CliCommand({ path: '', usage: '[OPTIONS] COMMAND [ARG...]', summary: 'A container engine you can see inside', stopsAtFirstArgument: true })
    .flag('--config <string>', 'Location of client config files (default "~/.docker")')
    .hiddenFlag('-D, --debug')
    .flag('-H, --host <list>', 'Daemon socket to connect to (default: DOCKER_HOST, else the socket of our own daemon)', list())
    .hiddenFlag('-l, --log-level <string>')
    .flag('--tls', 'Use TLS; implied by --tlsverify')
    .flag('--tlscacert <string>', 'Trust certs signed only by this CA (default "~/.docker/ca.pem")')
    .flag('--tlscert <string>', 'Path to TLS certificate file (default "~/.docker/cert.pem")')
    .flag('--tlskey <string>', 'Path to TLS key file (default "~/.docker/key.pem")')
    .flag('--tlsverify', 'Use TLS and verify the remote')
    .flag('-v, --version', 'Print version information and quit')
}
