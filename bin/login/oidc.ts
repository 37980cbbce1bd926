// OpenID Connect through openid-client, the only file that loads it: authorization code with PKCE, device code, refresh,
// revocation. A public client; what comes back is checked, kept by others, and quoted in no message.
// @see https://www.rfc-editor.org/rfc/rfc8252
import type * as OpenIdClient from 'openid-client';
import { isIssuerUrl, isLoopbackUrl } from '../../core/url.ts';
import { CommandError, exitCodes } from '../commands/command.ts';
import { decodeToken } from '../commands/decode.ts';
import type { LoginChoice } from './login-file.ts';

/** What an issuer gave. `lifetime` in milliseconds. */
export interface IssuedTokens {
  readonly token: string;
  readonly lifetime: number;
  readonly refreshToken?: string;
}

/** A discovered issuer. */
export interface Peer {
  readonly client: typeof OpenIdClient;
  readonly configuration: OpenIdClient.Configuration;
}

/** Seconds for one request. Two of them and what lies between must end before a lock counts as left behind. */
const requestTimeout = 10;

/** Loads the library and the issuer's metadata. Rejects with a configuration error. */
export async function discover({ issuer, clientId }: LoginChoice): Promise<Peer> {
  if (!isIssuerUrl(issuer))
    throw new CommandError(
      exitCodes.usage,
      'the issuer must be https (http only for this machine)',
      '--issuer https://idp.example.com/',
    );
  const client = await import('openid-client');
  const local = isLoopbackUrl(issuer);
  const configuration = await client
    .discovery(new URL(issuer), clientId, undefined, client.None(), {
      timeout: requestTimeout,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it stands out; it does: loopback only.
      execute: local ? [client.allowInsecureRequests] : [],
    })
    .catch((cause: unknown) => {
      throw new CommandError(
        exitCodes.configuration,
        `the issuer ${issuer} cannot be used: ${nameOf(cause)}`,
        'check --issuer: below it must be .well-known/openid-configuration, with exactly that issuer',
      );
    });
  for (const address of endpointsOf(configuration))
    // With a loopback issuer the library lets every http address pass.
    if (!address.startsWith('https://') && !(local && isLoopbackUrl(address)))
      throw new CommandError(
        exitCodes.configuration,
        `the issuer ${issuer} names an endpoint that is not https`,
        'ask its operator',
      );
  return { client, configuration };
}

function endpointsOf(configuration: OpenIdClient.Configuration): readonly string[] {
  const metadata = configuration.serverMetadata();
  return [
    metadata.authorization_endpoint,
    metadata.token_endpoint,
    metadata.device_authorization_endpoint,
    metadata.revocation_endpoint,
  ].filter((one) => one !== undefined);
}

/** The parameters of a request for tokens. */
export function requestParameters({ scope, audience }: LoginChoice): Record<string, string> {
  return { scope, ...(audience === undefined ? {} : { audience }) };
}

/** Renews. Rejects with a token error where the person has to log in again, else with a configuration error. */
export async function refresh(choice: LoginChoice, refreshToken: string, name: string): Promise<IssuedTokens> {
  const { client, configuration } = await discover(choice);
  const response = await client.refreshTokenGrant(configuration, refreshToken).catch((cause: unknown) => {
    if (isOver(client, cause)) throw loginIsOver(name, 'the issuer does not renew it any more');
    throw new CommandError(
      exitCodes.configuration,
      `the login ${name} could not be renewed: ${nameOf(cause)}`,
      'check the network and run it again',
    );
  });
  // An issuer that does not rotate sends none: the old one stays good.
  return { refreshToken, ...chooseToken(response, choice) };
}

/** What ends a login: a refresh token that is expired, revoked, or was used before. */
function isOver(client: typeof OpenIdClient, cause: unknown): boolean {
  const ends = ['invalid_grant', 'interaction_required', 'login_required'];
  return cause instanceof client.ResponseBodyError && ends.includes(cause.error);
}

/** The error of a login that has to be made again. */
export function loginIsOver(name: string, why: string): CommandError {
  return new CommandError(exitCodes.token, `the login ${name} is over: ${why}`, `tvm login ${name}`);
}

/** Takes the token that is to be sent out of an answer. Throws a token error where that is none. */
export function chooseToken(response: OpenIdClient.TokenEndpointResponse, { use }: LoginChoice): IssuedTokens {
  const token = use === 'id' ? response.id_token : response.access_token;
  if (token === undefined)
    throw new CommandError(exitCodes.token, 'the issuer gave no ID token', 'let --scope hold openid, or --use access');
  let claims: Readonly<Record<string, unknown>>;
  try {
    ({ claims } = decodeToken(token));
  } catch (cause) {
    throw new CommandError(
      exitCodes.token,
      `the issuer's ${use} token is no JWT, so the machine cannot verify it`,
      'name the API with --audience or in --scope, or --use id',
      cause,
    );
  }
  const { exp, iat } = claims;
  if (typeof exp !== 'number')
    throw new CommandError(exitCodes.token, `the issuer's ${use} token has no expiry`, 'ask its operator');
  // By the issuer's own two times: this computer's clock may be wrong, and how long a token lasts is the same for both.
  const seconds = exp - (typeof iat === 'number' ? iat : Date.now() / 1000);
  const { refresh_token: refreshToken } = response;
  return { token, lifetime: seconds * 1000, ...(refreshToken === undefined ? {} : { refreshToken }) };
}

/** Takes a refresh token back, where the issuer can. Resolves with whether it did. */
export async function revoke(choice: LoginChoice, refreshToken: string): Promise<boolean> {
  try {
    const { client, configuration } = await discover(choice);
    if (configuration.serverMetadata().revocation_endpoint === undefined) return false;
    await client.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' });
    return true;
  } catch {
    // Logging out on this computer must not depend on the issuer.
    return false;
  }
}

/** The kind of a failure: an OAuth error, else the innermost code, such as ECONNREFUSED. Never its text, which may quote an
 * answer. */
export function nameOf(cause: unknown): string {
  let name = 'no usable answer';
  for (let one: unknown = cause; one instanceof Error; one = one.cause) {
    const { error, code } = one as { readonly error?: unknown; readonly code?: unknown };
    if (isWord(error)) return error;
    if (isWord(code)) name = code;
  }
  return name;
}

/** The issuer wrote it: only what cannot move the cursor of a terminal is repeated. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z]\w{2,60}$/.test(value);
}
