// The two ways in which a person logs in: a browser that comes back to this computer, and a code that is typed in elsewhere.
import { CommandError, exitCodes, say } from '../commands/command.ts';
import { isOpenable, openBrowser } from './browser.ts';
import type { LoginChoice } from './login-file.ts';
import { chooseToken, nameOf, requestParameters, type IssuedTokens, type Peer } from './oidc.ts';
import { listenForRedirect } from './redirect.ts';

/** How the person is asked. */
export interface Asking {
  readonly redirectUri: string;
  /** Whether a browser is opened; the address is printed anyway. */
  readonly open: boolean;
  /** Milliseconds. */
  readonly patience: number;
}

/** Authorization code with PKCE. Rejects with a token or configuration error. */
export async function logInWithBrowser(peer: Peer, choice: LoginChoice, asking: Asking): Promise<IssuedTokens> {
  const { client, configuration } = peer;
  if (configuration.serverMetadata().authorization_endpoint === undefined)
    throw new CommandError(exitCodes.configuration, 'the issuer has no page to log in', 'tvm login with --device');
  const listener = await listenForRedirect(asking.redirectUri);
  try {
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
    const address = client.buildAuthorizationUrl(configuration, {
      ...requestParameters(choice),
      redirect_uri: listener.redirectUri,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    sayAddress('open this address in a browser on this computer:', address.href);
    if (asking.open) openBrowser(address.href);
    const back = await listener.wait(state, asking.patience);
    const response = await client
      .authorizationCodeGrant(configuration, back, {
        expectedState: state,
        pkceCodeVerifier: verifier,
        ...(isOpenId(choice) ? { expectedNonce: nonce, idTokenExpected: true } : {}),
      })
      .catch(refused);
    return chooseToken(response, choice);
  } finally {
    listener.stop();
  }
}

/** Device code: for a computer without a browser. Rejects as {@link logInWithBrowser} does. */
export async function logInWithDevice(peer: Peer, choice: LoginChoice, asking: Asking): Promise<IssuedTokens> {
  const { client, configuration } = peer;
  if (configuration.serverMetadata().device_authorization_endpoint === undefined)
    throw new CommandError(exitCodes.configuration, 'the issuer has no device login', 'tvm login without --device');
  const started = await client.initiateDeviceAuthorization(configuration, requestParameters(choice)).catch(refused);
  const { verification_uri: address, user_code: code } = started;
  // The issuer wrote both: what is shown must not be able to move the cursor or pose as something else.
  if (!isOpenable(address) || !/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(code))
    throw new CommandError(
      exitCodes.configuration,
      'the issuer answered with an odd address or code',
      'ask its operator',
    );
  sayAddress('open this address in any browser:', address);
  say(`and type in this code: ${code}`);
  const response = await client
    .pollDeviceAuthorizationGrant(configuration, started, {}, { signal: AbortSignal.timeout(asking.patience) })
    .catch(refused);
  return chooseToken(response, choice);
}

function sayAddress(words: string, address: string): void {
  if (!isOpenable(address))
    throw new CommandError(
      exitCodes.configuration,
      'the issuer named an address that is not https',
      'ask its operator',
    );
  say(`tvm: ${words}\n\n  ${new URL(address).href}\n`);
}

function isOpenId({ scope }: LoginChoice): boolean {
  return scope.split(' ').includes('openid');
}

/** Whatever the library throws, as one error that repeats nothing of the answer but its code. */
function refused(cause: unknown): never {
  const name = nameOf(cause);
  const isTime = ['OAUTH_ABORT', 'OAUTH_TIMEOUT', 'expired_token'].includes(name);
  throw new CommandError(
    exitCodes.token,
    isTime ? 'nobody logged in in time' : `the issuer did not log you in: ${name}`,
    isTime
      ? 'run it again'
      : (hints[name] ?? 'check --client-id, --scope and --audience with the operator of the issuer'),
  );
}

const hints: Readonly<Record<string, string>> = {
  access_denied: 'run it again and allow it, or ask the operator of the issuer',
  invalid_client: 'check --client-id: it must be a public client (no secret)',
  unauthorized_client: 'the client must be allowed to log people in this way',
  invalid_scope: 'check --scope',
};
