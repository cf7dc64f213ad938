import { expect, test } from 'vitest'
import { reasonOf } from './reason.ts'
import { SshError } from './ssh.ts'

const failure = (code: string, message = code) => Object.assign(new Error(message), { code })

test.each([
  [failure('ECONNREFUSED'), 'The connection was refused'],
  [failure('ETIMEDOUT'), 'Nobody answered in time'],
  [failure('ENOTFOUND'), 'No computer of that name'],
  [failure('CERT_HAS_EXPIRED'), 'has expired'],
  [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'not from the authority of this context'],
  [failure('ERR_TLS_CERT_ALTNAME_INVALID', 'it is for other.example'), 'for another name: it is for other.example'],
  [failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'does not accept the certificate'],
  [new Error('error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED'), 'does not accept the certificate'],
  [failure('EPROTO', 'tlsv1 alert unknown ca'), 'does not accept the certificate'],
  [failure('ERR_SSL_WRONG_VERSION_NUMBER'), 'does not speak TLS'],
  [new Error('moon'), 'cannot be reached: moon.'],
])('%s', (error, words) => expect(reasonOf(error, 'tcp://far').detail).toContain(words))

test.each([
  ['Host key verification failed.', 'ssh ssh://me@far'],
  ['me@far: Permission denied (publickey,password).', 'ssh-copy-id'],
  ['permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock', 'join its group'],
  ['bash: line 1: docker: command not found', 'has to be over there'],
])('%s', (said, remedy) =>
  expect(reasonOf(new SshError(said, 255), 'ssh://me@far')).toMatchObject({ detail: `ssh said: ${said}`, remedy: expect.stringContaining(remedy) }),
)
