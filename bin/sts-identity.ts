// Asks STS who the credentials of the environment are: one signed call, by hand, so that the command line needs no SDK.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto';
import { isLoopbackUrl } from '../core/url.ts';
import { CommandError, exitCodes } from './commands/command.ts';

/** What GetCallerIdentity answers. */
export interface CallerIdentity {
  readonly Arn: string;
  readonly Account: string;
  readonly UserId: string;
}

const body = 'Action=GetCallerIdentity&Version=2011-06-15';

/** Milliseconds. */
const timeout = 5_000;

/** The identity of vended credentials in the environment, or undefined where there are none. Rejects with an AWS failure. */
export async function readCallerIdentity(env: NodeJS.ProcessEnv): Promise<CallerIdentity | undefined> {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: sessionToken } = env;
  // What is vended has a session token; a person's own keys are none of our business.
  if (!id || !secret || !sessionToken) return undefined;
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const url = stsUrl(env, region);
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = { host: url.host, 'x-amz-date': date, 'x-amz-security-token': sessionToken };
  const scope = `${date.slice(0, 8)}/${region}/sts/aws4_request`;
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', url.pathname, '', lines.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${secret}`);
  const { host: _host, ...sent } = headers;
  const response = await fetch(url, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
    headers: {
      ...sent,
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${hmac(key, toSign).toString('hex')}`,
    },
  }).catch(() => {
    throw new CommandError(exitCodes.aws, `${url.host} cannot be reached`, 'check AWS_REGION and AWS_ENDPOINT_URL_STS');
  });
  const text = await response.text();
  const [Arn, Account, UserId] = ['Arn', 'Account', 'UserId'].map((name) => element(text, name));
  if (!response.ok || Arn === undefined || Account === undefined || UserId === undefined)
    throw new CommandError(
      exitCodes.aws,
      `STS refused the credentials in the environment: ${element(text, 'Code') ?? `status ${response.status}`}`,
      'vend new ones: tvm exec -- CMD',
    );
  return { Arn, Account, UserId };
}

function stsUrl(env: NodeJS.ProcessEnv, region: string): URL {
  const own = env['AWS_ENDPOINT_URL_STS'] ?? env['AWS_ENDPOINT_URL'];
  if (own !== undefined && URL.canParse(own) && (own.startsWith('https://') || isLoopbackUrl(own))) return new URL(own);
  if (/^[a-z]{2}[a-z0-9-]{1,30}$/.test(region))
    return new URL(`https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`);
  throw new CommandError(exitCodes.usage, 'AWS_REGION is no Region', 'AWS_REGION=us-east-1');
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(xml)?.[1];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
