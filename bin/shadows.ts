// What in the environment wins over credentials from a container endpoint, or fights with them. SDKs say nothing about it: they
// just work as somebody else.
// @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
import { readFileSync } from 'node:fs';
import { devNull, homedir } from 'node:os';
import { join } from 'node:path';

/** Variables that choose other credentials. */
export const shadowVariables = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_SECURITY_TOKEN',
] as const;

/** Variables with credentials in them: they win over everything else. */
export const keyVariables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/** The environment without what would win, and without our own token: a child has no use for it. */
export function withoutShadows(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const shadows: readonly string[] = [...shadowVariables, 'TVM_TOKEN'];
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !shadows.includes(name)));
}

/** The same for a child that gets an endpoint: keys in variables and in the default profile stand before it as well. */
export function withoutKeys(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const keys: readonly string[] = keyVariables;
  const rest = Object.fromEntries(Object.entries(withoutShadows(environment)).filter(([name]) => !keys.includes(name)));
  const { region, hasCredentials } = readDefaultProfile(configFile(environment));
  return {
    ...rest,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    // The file goes only where it must, for it may hold settings that the child needs; its Region comes along.
    ...(hasCredentials ? { AWS_CONFIG_FILE: devNull } : {}),
    ...(hasCredentials && region !== undefined && rest['AWS_REGION'] === undefined
      ? // Python knows only the second.
        { AWS_REGION: region, AWS_DEFAULT_REGION: region }
      : {}),
  };
}

/** Where SDKs look for profiles. */
export function configFile(environment: NodeJS.ProcessEnv): string {
  const own = environment['AWS_CONFIG_FILE'];
  return own === undefined || own === '' ? join(homedir(), '.aws', 'config') : own;
}

/** Where SDKs look for keys of profiles; these win over the same profile's other settings. */
export function credentialsFile(environment: NodeJS.ProcessEnv): string {
  const own = environment['AWS_SHARED_CREDENTIALS_FILE'];
  return own === undefined || own === '' ? join(homedir(), '.aws', 'credentials') : own;
}

/** Lines of the default profile that give it credentials. */
const credentialSetting =
  /^(?:aws_access_key_id|credential_process|role_arn|web_identity_token_file|sso_|login_session)/;

export function readDefaultProfile(file: string): { readonly region?: string; readonly hasCredentials: boolean } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { hasCredentials: false };
  }
  const [, body = ''] =
    /^[ \t]*\[[ \t]*(?:profile[ \t]+)?default[ \t]*\][^\n]*\n([\s\S]*?)(?=^[ \t]*\[|(?![\s\S]))/m.exec(text) ?? [];
  const lines = body.split('\n').map((line) => line.trim());
  const [, region] = /^region[ \t]*=[ \t]*(\S+)/m.exec(lines.join('\n')) ?? [];
  const hasCredentials = lines.some((line) => credentialSetting.test(line));
  return region === undefined ? { hasCredentials } : { region, hasCredentials };
}
