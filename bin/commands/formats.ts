// Vended credentials in the formats people load them in, with the AWS command line's own variable names.
// @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
import type { CredentialsDocument } from '../../client/vend.ts';

export const formats = ['json', 'process', 'env', 'fish', 'powershell', 'cmd', 'ini', 'dotenv'] as const;

export type Format = (typeof formats)[number];

/** Renders credentials. STS's characters need no quoting in any of these, and are quoted all the same. */
export function renderCredentials(credentials: CredentialsDocument, format: Format): string {
  const variables = credentialVariables(credentials);
  const lines = (line: (name: string, value: string) => string): string =>
    Object.entries(variables)
      .map(([name, value]) => line(name, value))
      .join('\n');
  switch (format) {
    case 'json':
      return JSON.stringify(credentials);
    case 'process':
      return JSON.stringify(toProcessDocument(credentials));
    case 'env':
      return lines((name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
    case 'fish':
      return lines((name, value) => `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
    case 'powershell':
      return lines((name, value) => `$Env:${name} = '${value.replaceAll("'", "''")}'`);
    case 'cmd':
      return lines((name, value) => `set "${name}=${value}"`);
    case 'ini':
      return ['[default]', lines((name, value) => `${name.toLowerCase()} = ${value}`)].join('\n');
    case 'dotenv':
      return lines((name, value) => `${name}="${value}"`);
    default:
      return format satisfies never;
  }
}

/** The environment variables that every SDK reads. */
export function credentialVariables(credentials: CredentialsDocument): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey,
    AWS_SESSION_TOKEN: credentials.SessionToken,
  };
}

/** The document of `credential_process`: Version must be the number 1.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
function toProcessDocument(credentials: CredentialsDocument): unknown {
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId } = credentials;
  return { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId };
}
