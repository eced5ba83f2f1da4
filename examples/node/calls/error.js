// Errors of calls: section 10 of docs/spec.md.

/** The names of the codes; the index is the number on the wire. */
export const codes = [
  'ok', 'canceled', 'unknown', 'invalid_argument', 'deadline_exceeded', 'not_found', 'already_exists', 'permission_denied',
  'resource_exhausted', 'failed_precondition', 'aborted', 'out_of_range', 'unimplemented', 'internal', 'unavailable', 'data_loss',
  'unauthenticated'
]

/**
 * Why a call failed. A handler throws one to choose the code. The outcome says whether the handler may have run: 'answered',
 * 'not sent', 'refused' or 'maybe executed'. What was not sent or was refused can be called again without danger.
 */
export class CallError extends Error {
  constructor (code, message, outcome = 'answered') {
    super(message ? `${code}: ${message}` : code)
    this.name = 'CallError'
    this.code = code
    this.text = message
    this.outcome = outcome
  }
}

/** Returns the name of a code. */
export const nameOf = number => codes[number] ?? `code ${number}`

/** Returns the number of a code's name. */
export const numberOf = name => codes.includes(name) ? codes.indexOf(name) : Number(/^code (\d+)$/.exec(name)?.[1] ?? 2)

/** The reason for which a call ends whose time is up. */
export const timeUp = new DOMException('the time is up', 'TimeoutError')

/** Returns the error with which a reason, such as that of a signal, ends a call. */
export function stopped (reason, outcome) {
  const late = reason?.name === 'TimeoutError'
  return new CallError(late ? 'deadline_exceeded' : 'canceled', late ? 'the time is up' : 'the caller has canceled it', outcome)
}

/** Returns the code and the text that tell the peer of a handler's error. */
export function wordsFor (err) {
  if (err instanceof CallError) return { code: numberOf(err.code), text: cut(err.text ?? '') }
  return { code: numberOf('unknown'), text: cut(String(err?.message ?? err)) }
}

/** Cuts a text to what an envelope may hold, between two characters. */
export function cut (text) {
  while (Buffer.byteLength(text) > 4096) text = text.slice(0, Math.min(4096, text.length - 1))
  return text.toWellFormed?.() ?? text
}
