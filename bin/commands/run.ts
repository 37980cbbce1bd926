// Finds the command, parses its options strictly, and says of every failure what it was and what to try.
import { parseArgs } from 'node:util';
import { packageVersion } from '../package-root.ts';
import { CommandError, exitCodes, print, type Command, type Values } from './command.ts';
import { describeFailure, sayFailure } from './failure.ts';

/** Loaded one at a time: `tvm credentials` must not pay for the local servers. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./init.ts')).init,
  dev: async () => (await import('./dev.ts')).dev,
  token: async () => (await import('./token.ts')).token,
  login: async () => (await import('./login.ts')).login,
  logout: async () => (await import('./logout.ts')).logout,
  credentials: async () => (await import('./credentials.ts')).credentials,
  exec: async () => (await import('./exec.ts')).exec,
  whoami: async () => (await import('./whoami.ts')).whoami,
  'credential-process': async () => (await import('./credential-process.ts')).credentialProcess,
  serve: async () => (await import('./serve.ts')).serve,
  configure: async () => (await import('./configure.ts')).configure,
  doctor: async () => (await import('./doctor.ts')).doctor,
  explain: async () => (await import('./explain.ts')).explain,
  prove: async () => (await import('./prove.ts')).prove,
  'policy render': async () => (await import('./policy.ts')).render,
  'policy size': async () => (await import('./policy.ts')).size,
  'policy lint': async () => (await import('./policy.ts')).lint,
};

const overview = `tvm: credentials of one tenant, from a token vending machine

  tvm init FOLDER         start a CDK app with a machine in it
  tvm dev                 run the whole product on this machine
  tvm token               get a token of the local issuer, or read one
  tvm login NAME          log in at an issuer, for --login NAME; tvm logout NAME
  tvm credentials         vend credentials and print them
  tvm credential-process  the same for AWS profiles, kept until they are due
  tvm exec -- CMD         run CMD with vended credentials
  tvm serve               serve credentials to SDKs on this machine
  tvm configure PROFILE   make an AWS profile that vends
  tvm whoami              who the token says you are
  tvm doctor              what is wrong between here and the machine
  tvm explain             why a request is allowed or denied
  tvm prove               prove that no tenant reaches another's data
  tvm policy ACTION       render, size or lint session policies

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
      throw new CommandError(exitCodes.usage, `there is no command ${nameOfCommand(name)}`, 'tvm --help');
    return await runCommand(name, await load(), others);
  } catch (cause) {
    const failure = describeFailure(cause);
    sayFailure(failure);
    return failure.exitCode;
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
  const { values, positionals } = parseOptions(name, command, own);
  const [operand = '', ...more] = positionals;
  if (command.operand !== undefined && (operand === '' || more.length > 0))
    throw new CommandError(exitCodes.usage, `it takes one ${command.operand}`, `tvm ${name} --help`);
  return command.run(values, rest, operand);
}

function parseOptions(
  name: string,
  command: Command,
  args: readonly string[],
): { readonly values: Values; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: joinNegatives(args),
      options: command.options,
      strict: true,
      allowPositionals: command.operand !== undefined,
    });
  } catch (cause) {
    throw new CommandError(exitCodes.usage, describeMisuse(cause), `tvm ${name} --help`, cause);
  }
}

/** As given where it could be a command, and not where it could be something secret. */
function nameOfCommand(name: string): string {
  return /^[\w ~:-]{1,32}$/.test(name) ? JSON.stringify(name) : 'of that name';
}

/** Node's own words, but for a bare word: it may be a token that somebody pasted, and messages end up in logs. */
function describeMisuse(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the arguments are wrong';
  const isBare = 'code' in cause && cause.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL';
  return isBare ? 'it takes no bare words' : cause.message.split('. ')[0]!;
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
