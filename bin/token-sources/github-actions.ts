// The identity token of a GitHub Actions job, asked for one audience. What asks for it is a secret of its own: whoever has it can be
// the job towards every audience, so that it goes to the address of the runner alone and into no message.
// @see https://docs.github.com/en/actions/reference/security/oidc
import { readChance, sleep } from '../../client/platform.ts';
import { VendUnreachableError } from '../../client/refusal.ts';
import { retryOutages } from '../../client/retry.ts';
import { isLoopbackUrl } from '../../core/url.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { CommandError, exitCodes } from '../commands/command.ts';

/** Milliseconds for one request. */
const requestTimeout = 10_000;
/** Three segments of base64url. */
const jwt = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Asks the runner. Rejects with a token error that quotes neither the request token nor an answer. */
export async function githubActionsToken(audience: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const { url, requestToken } = readRequest(audience, environment);
  const ask = async (): Promise<unknown> => {
    const signal = AbortSignal.timeout(requestTimeout);
    const headers = { Accept: 'application/json', Authorization: `bearer ${requestToken}` };
    // A redirect would carry the request token to wherever it points. The cause may quote a header, so it is not passed on.
    const response = await fetch(url, { headers, redirect: 'error', signal }).catch(() => {
      throw new VendUnreachableError('the runner did not answer');
    });
    if (response.ok) return response.json().catch(() => undefined);
    throw new VendUnreachableError(`the runner answered ${response.status}`, { status: response.status });
  };
  const answer = await retryOutages(ask, { sleep, chance: readChance }).catch((cause: unknown) => {
    const why = cause instanceof VendUnreachableError ? cause.message : 'the request failed';
    throw new CommandError(exitCodes.token, `no identity token of GitHub Actions: ${why}`, permissionHint);
  });
  const token = isRecord(answer) ? answer['value'] : undefined;
  if (typeof token === 'string' && jwt.test(token)) return token;
  throw new CommandError(
    exitCodes.token,
    'no identity token of GitHub Actions: the runner answered without one',
    permissionHint,
  );
}

/** What is the same for all tokens that this job gets for an audience: credentials are kept under it, and read without asking. */
export function githubActionsHolder(audience: string, environment: NodeJS.ProcessEnv): readonly unknown[] {
  const { url, requestToken } = readRequest(audience, environment);
  return ['github-actions', url, requestToken];
}

const permissionHint = 'give the job permissions: id-token: write';

function readRequest(
  audience: string,
  environment: NodeJS.ProcessEnv,
): { readonly url: string; readonly requestToken: string } {
  if (audience === '')
    throw new CommandError(exitCodes.usage, '--github-audience is empty', 'name an audience of the trusted issuer');
  const [address = '', requestToken = ''] = [
    environment['ACTIONS_ID_TOKEN_REQUEST_URL'],
    environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
  ];
  if (address === '' || requestToken === '')
    throw new CommandError(
      exitCodes.token,
      'this is no GitHub Actions job that may ask for an identity token',
      permissionHint,
    );
  // In clear text the request token would be everybody's on the way.
  if (!URL.canParse(address) || !(address.startsWith('https://') || isLoopbackUrl(address)))
    throw new CommandError(
      exitCodes.token,
      'ACTIONS_ID_TOKEN_REQUEST_URL is not https',
      'it is set by the runner; leave it as it is',
    );
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  return { url: url.href, requestToken };
}
