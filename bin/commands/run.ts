// Finds the command, parses its options strictly, and turns every failure into a message, a hint and an exit code.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { VendRefusedError, VendUnreachableError } from '../../client/vend.ts';
import { TvmError } from '../../core/errors.ts';
import { CommandError, exitCodes, print, say, type Command } from './command.ts';

/** Loaded one at a time: `tvm credentials` must not pay for the local servers. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  dev: async () => (await import('./dev.ts')).dev,
  token: async () => (await import('./token.ts')).token,
  credentials: async () => (await import('./credentials.ts')).credentials,
  exec: async () => (await import('./exec.ts')).exec,
  whoami: async () => (await import('./whoami.ts')).whoami,
  explain: async () => (await import('./explain.ts')).explain,
  prove: async () => (await import('./prove.ts')).prove,
  'policy render': async () => (await import('./policy.ts')).render,
  'policy size': async () => (await import('./policy.ts')).size,
  'policy lint': async () => (await import('./policy.ts')).lint,
};

const overview = `tvm: credentials of one tenant, from a token vending machine

  tvm dev            run the whole product on this machine
  tvm token          get a token of the local issuer
  tvm credentials    vend credentials and print them
  tvm exec -- CMD    run CMD with vended credentials
  tvm whoami         who the token says you are
  tvm explain        why a request is allowed or denied
  tvm prove          prove that no tenant reaches another's data
  tvm policy ACTION  render, size or lint session policies

tvm COMMAND --help tells more. The URL and token come from flags, then from TVM_URL, TVM_TOKEN_FILE, TVM_TOKEN.`;

/** Runs the command line. Resolves with the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const [first, ...afterFirst] = args;
  // `policy` has actions of its own: `policy render`.
  const [name, others] =
    first === 'policy' && afterFirst.length > 0
      ? [`policy ${afterFirst[0]!}`, afterFirst.slice(1)]
      : [first, afterFirst];
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(overview);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  if (name === '--version') {
    print(packageVersion());
    return exitCodes.ok;
  }
  try {
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined)
      throw new CommandError(exitCodes.usage, `there is no command ${JSON.stringify(name)}`, 'tvm --help');
    return await runCommand(name, await load(), others);
  } catch (cause) {
    return report(cause);
  }
}

async function runCommand(name: string, command: Command, args: readonly string[]): Promise<number> {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : args.slice(end + 1);
  if (own.includes('--help') || own.includes('-h')) {
    print(`tvm ${name}: ${command.summary}\n\n${command.usage}`);
    return exitCodes.ok;
  }
  let values;
  try {
    ({ values } = parseArgs({
      args: joinNegatives(own),
      options: command.options,
      strict: true,
      allowPositionals: false,
    }));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('. ')[0]! : 'the arguments are wrong';
    throw new CommandError(exitCodes.usage, message, `tvm ${name} --help`, cause);
  }
  return command.run(values, rest);
}

/** `--expires-in -5m` as `--expires-in=-5m`: a negative number is a value, no option. */
function joinNegatives(args: readonly string[]): string[] {
  return args.reduce<string[]>((joined, arg) => {
    const before = joined.at(-1);
    if (/^-\d/.test(arg) && before?.startsWith('--') === true && !before.includes('='))
      return [...joined.slice(0, -1), `${before}=${arg}`];
    return [...joined, arg];
  }, []);
}

function report(cause: unknown): number {
  const { exitCode, message, hint } = explain(cause);
  say(`tvm: ${message}`);
  say(`try: ${hint}`);
  return exitCode;
}

function explain(cause: unknown): { readonly exitCode: number; readonly message: string; readonly hint: string } {
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

function explainRefusal(refusal: VendRefusedError): {
  readonly exitCode: number;
  readonly message: string;
  readonly hint: string;
} {
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

function packageVersion(): string {
  const manifest = createRequire(import.meta.url).resolve('token-vending-machine/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
}
