// What the programs have in common.

/** Returns the host and the port of HOST:PORT, or undefined. */
export function address (text = '') {
  const [, host, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text) ?? []
  return port === undefined || port > 65535 ? undefined : [host, Number(port)]
}

/** Fails as all programs here do: with what is wrong, and an exit code. */
export function fail (program, message, code) {
  console.error(`${program}: ${message}`)
  process.exit(code)
}
