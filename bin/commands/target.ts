// Which machine and which token a command uses: flags first, then the environment, then a local token for a named tenant.
import { readFileSync } from 'node:fs';
import { requestDocument } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { isLoopbackUrl } from '../../core/url.ts';
import { findTokenOrigin } from '../token-sources/origin.ts';
import { CommandError, exitCodes, readStandardInput, text, type Command, type Values } from './command.ts';

/** Options of every command that vends. */
export const targetOptions = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
  'token-command': { type: 'string' },
  login: { type: 'string' },
  'github-audience': { type: 'string' },
  kubernetes: { type: 'boolean' },
  'permission-set': { type: 'string' },
  tenant: { type: 'string' },
  subject: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies Command['options'];

export const targetUsage = `  --url URL              the machine (TVM_URL; default http://127.0.0.1:4747)
  --token-file FILE      file with the token (TVM_TOKEN_FILE, then the token itself in TVM_TOKEN); - reads standard input
  --token-command CMD    command that prints the token
  --login NAME           the login of that name, renewed by itself: tvm login NAME (TVM_LOGIN)
  --github-audience AUD  the identity token of this GitHub Actions job for that audience (TVM_GITHUB_AUDIENCE)
  --kubernetes           the projected token of this pod, /var/run/secrets/tvm/token
  --permission-set NAME  (TVM_PERMISSION_SET) default: the machine's default
  --tenant T             local mode only: take a token of the local issuer for this tenant
  --subject S            local mode only: the subject of that token`;

const defaultUrl = 'http://127.0.0.1:4747';

/** A machine and a token for it. */
export interface Target {
  readonly url: string;
  readonly token: string;
  readonly permissionSet?: string;
}

export function targetUrl(values: Values): string {
  const url = text(values, 'url') ?? process.env['TVM_URL'] ?? defaultUrl;
  if (!URL.canParse(url))
    throw new CommandError(exitCodes.usage, '--url is not a URL', '--url https://tvm.example.com');
  // A token in clear text is a token for everybody on the way.
  if (!url.startsWith('https://') && !isLoopbackUrl(url))
    throw new CommandError(exitCodes.usage, 'the URL must be https (http only for this machine)', '--url https://…');
  const { username, password, search, hash } = new URL(url);
  if (username !== '' || password !== '' || search !== '' || hash !== '')
    throw new CommandError(exitCodes.usage, 'the URL holds more than host and path', '--url https://tvm.example.com');
  return url;
}

export function targetPermissionSet(values: Values): { readonly permissionSet?: string } {
  const permissionSet = text(values, 'permission-set') ?? process.env['TVM_PERMISSION_SET'];
  return permissionSet === undefined || permissionSet === '' ? {} : { permissionSet };
}

/** Reads flags and environment. Rejects with a usage, configuration or token error. */
export async function readTarget(values: Values): Promise<Target> {
  const url = targetUrl(values);
  return { url, token: await tokenReader(values, url)(), ...targetPermissionSet(values) };
}

/** Reads the token anew at each call, because files are rotated and commands renew; standard input only once, for it has no
 * second time. Rejects with a token error. */
export function tokenReader(values: Values, url: string): () => Promise<string> {
  const origin = findTokenOrigin(values);
  let fromInput: Promise<string> | undefined;
  return async () => {
    switch (origin?.kind) {
      case 'local':
        return localToken(url, {
          tenant: origin.tenant,
          ...(origin.subject === undefined ? {} : { subject: origin.subject }),
        });
      case 'command':
        return runTokenCommand(origin.command);
      case 'file':
        return origin.file === '-' ? (fromInput ??= readTokenFile('-')) : readTokenFile(origin.file);
      case 'variable':
        return origin.token;
      // Loaded when used: a process that runs for every call of the AWS command line must not pay for the others.
      case 'login':
        return (await import('../login/login-token.ts')).loginToken(origin.name);
      case 'github-actions':
        return (await import('../token-sources/github-actions.ts')).githubActionsToken(origin.audience, process.env);
      case 'kubernetes':
        return (await import('../token-sources/kubernetes.ts')).kubernetesToken();
      case undefined:
        throw new CommandError(
          exitCodes.token,
          'there is no token',
          '--token-file FILE, --login NAME after tvm login NAME, or with local mode --tenant acme',
        );
      default:
        return origin satisfies never;
    }
  };
}

async function readTokenFile(file: string): Promise<string> {
  try {
    // Token files often end in a new line, which no HTTP header may hold.
    const token = (file === '-' ? await readStandardInput() : readFileSync(file, 'utf8')).trim();
    if (token !== '') return token;
  } catch (cause) {
    throw new CommandError(
      exitCodes.token,
      `the token file ${file} cannot be read`,
      'check --token-file or TVM_TOKEN_FILE',
      cause,
    );
  }
  throw new CommandError(exitCodes.token, `the token file ${file} is empty`, 'write the token into it');
}

async function runTokenCommand(command: string): Promise<string> {
  const [{ execFile }, { promisify }] = [await import('node:child_process'), await import('node:util')];
  try {
    const { stdout } = await promisify(execFile)(command, { shell: true, timeout: 60_000 });
    if (stdout.trim() !== '') return stdout.trim();
  } catch (cause) {
    // Its output stays untold: half a token is a secret as well.
    throw new CommandError(exitCodes.token, 'the token command failed', 'run it by hand and mend it', cause);
  }
  throw new CommandError(exitCodes.token, 'the token command printed nothing', 'run it by hand and mend it');
}

/** A token of the local issuer. Rejects where the URL is no local mode. */
export async function localToken(url: string, request: Readonly<Record<string, unknown>>): Promise<string> {
  if (!isLoopbackUrl(url)) {
    throw new CommandError(
      exitCodes.usage,
      'only local mode gives tokens away',
      'use --token-file with a token of your issuer',
    );
  }
  const response = await fetch(`${url}/oidc/token`, { method: 'POST', body: JSON.stringify(request) }).catch(
    (cause: unknown) => {
      throw new CommandError(
        exitCodes.configuration,
        `local mode is not running at ${url}`,
        'start it in another shell: npm start',
        cause,
      );
    },
  );
  const answer = (await response.json()) as { readonly token?: string; readonly message?: string };
  if (answer.token === undefined)
    throw new CommandError(exitCodes.usage, answer.message ?? 'the local issuer refused', 'tvm token --help');
  return answer.token;
}

/** Where local AWS is, or undefined where the URL is no local mode. */
export async function findLocalAws(
  url: string,
): Promise<{ readonly aws: string; readonly region: string } | undefined> {
  if (!isLoopbackUrl(url)) return undefined;
  const document = await requestDocument({ url }, '/.well-known/tvm-local').catch(() => undefined);
  if (!isRecord(document) || typeof document['aws'] !== 'string' || typeof document['region'] !== 'string')
    return undefined;
  return { aws: document['aws'], region: document['region'] };
}
