// Turns whatever a command throws into a message, a hint and an exit code.
import { VendRefusedError, VendUnreachableError } from '../../client/refusal.ts';
import { TvmError } from '../../core/errors.ts';
import { CommandError, exitCodes, say } from './command.ts';

/** Never holds a token or a credential. */
export interface Failure {
  readonly exitCode: number;
  readonly message: string;
  readonly hint: string;
}

/** On standard error; the hint is always the last line. */
export function sayFailure({ message, hint }: Failure): void {
  say(`tvm: ${message}`);
  say(`try: ${hint}`);
}

/** What a person is told. */
export function describeFailure(cause: unknown): Failure {
  if (cause instanceof CommandError) return cause;
  if (cause instanceof VendUnreachableError) {
    return {
      exitCode: exitCodes.configuration,
      message: cause.message,
      hint: 'check --url or TVM_URL; `tvm dev` starts one on this machine',
    };
  }
  if (cause instanceof VendRefusedError) return explainRefusal(cause);
  if (cause instanceof TvmError && cause.code === 'misconfigured') {
    return {
      exitCode: exitCodes.configuration,
      message: cause.detail ?? cause.message,
      hint: 'mend what is named above and run it again',
    };
  }
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'something failed';
  return { exitCode: exitCodes.unexpected, message, hint: 'run it again; if it stays, report it with this message' };
}

function explainRefusal(refusal: VendRefusedError): Failure {
  const message = `${refusal.message} (${refusal.code}${refusal.requestId === undefined ? '' : `, request ${refusal.requestId}`})`;
  if (refusal.status === 401)
    return { exitCode: exitCodes.token, message, hint: 'get a new token; with local mode: tvm token --tenant acme' };
  if (refusal.status === 403)
    return {
      exitCode: exitCodes.denied,
      message,
      hint: 'tvm whoami shows the tenant and permission sets of the token',
    };
  if (refusal.status === 400 || refusal.status === 404)
    return { exitCode: exitCodes.usage, message, hint: 'check --permission-set and --duration' };
  if (refusal.status === 429 || refusal.status >= 502)
    return { exitCode: exitCodes.aws, message, hint: 'wait a moment and run it again' };
  return { exitCode: exitCodes.aws, message, hint: 'ask the operator; the request id finds the audit record' };
}
