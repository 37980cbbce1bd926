// Where a command gets its token from, as flags and environment name it. Decides only; reads no token.
import { text, type Values } from '../commands/command.ts';

/** One way to a token. */
export type TokenOrigin =
  | { readonly kind: 'local'; readonly tenant: string; readonly subject?: string }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'variable'; readonly token: string }
  | { readonly kind: 'login'; readonly name: string }
  | { readonly kind: 'github-actions'; readonly audience: string }
  | { readonly kind: 'kubernetes' };

/** Flags before environment; undefined where neither names a token. */
export function findTokenOrigin(values: Values): TokenOrigin | undefined {
  return fromFlags(values) ?? fromEnvironment(process.env);
}

function fromFlags(values: Values): TokenOrigin | undefined {
  const [tenant, subject] = [text(values, 'tenant'), text(values, 'subject')];
  if (tenant !== undefined) return { kind: 'local', tenant, ...(subject === undefined ? {} : { subject }) };
  const command = text(values, 'token-command');
  if (command !== undefined) return { kind: 'command', command };
  const file = text(values, 'token-file');
  if (file !== undefined && file !== '') return { kind: 'file', file };
  const name = text(values, 'login');
  if (name !== undefined) return { kind: 'login', name };
  const audience = text(values, 'github-audience');
  if (audience !== undefined) return { kind: 'github-actions', audience };
  return values['kubernetes'] === true ? { kind: 'kubernetes' } : undefined;
}

function fromEnvironment(environment: NodeJS.ProcessEnv): TokenOrigin | undefined {
  // As everywhere: a variable that is set to nothing is not set.
  const [file = '', token = '', name = '', audience = ''] = [
    environment['TVM_TOKEN_FILE'],
    environment['TVM_TOKEN'],
    environment['TVM_LOGIN'],
    environment['TVM_GITHUB_AUDIENCE'],
  ];
  if (file !== '') return { kind: 'file', file };
  if (token !== '') return { kind: 'variable', token: token.trim() };
  if (name !== '') return { kind: 'login', name };
  return audience === '' ? undefined : { kind: 'github-actions', audience };
}
