// An OpenID provider as a script, strict where real ones are: exact redirect addresses but for the loopback port, PKCE, codes that
// work once, refresh tokens that rotate and whose second use ends the whole login. Pages are answered without a person.
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What tests change and count. */
export interface Provider {
  readonly issuer: string;
  /** What the provider has been asked, oldest first, with the parameters. */
  readonly asked: { readonly path: string; readonly parameters: Readonly<Record<string, string>> }[];
  /** Refresh tokens that came a second time. */
  readonly reused: () => number;
  readonly refreshed: () => number;
  readonly script: Script;
  readonly stop: () => Promise<void>;
}

export interface Script {
  /** Makes the access token. */
  accessToken: () => string | Promise<string>;
  /** Seconds. */
  idTokenLifetime: number;
  refreshTokens: boolean;
  rotates: boolean;
  /** An error in the place of the code, such as access_denied. */
  denial: string | undefined;
  /** Changes the claims of ID tokens. */
  idClaims: (claims: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Changes the discovery document. */
  metadata: (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** What a device that polls is told, one answer after the other, before it gets tokens. */
  deviceAnswers: string[];
  device: Readonly<Record<string, unknown>>;
  /** Milliseconds for which the answer to a refresh is held back, so that others come in between. */
  refreshDelay: number;
}

const clientId = 'tvm-cli';
const redirect = /^http:\/\/(?:127\.0\.0\.1|localhost):\d+\/callback$/;

export async function startProvider(): Promise<Provider> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const asked: Provider['asked'] = [];
  const codes = new Map<string, { readonly challenge: string; readonly redirectUri: string; readonly nonce: string }>();
  const families = new Map<string, { alive: boolean; current: string }>();
  const tokensOf = new Map<string, string>();
  const counts = { reused: 0, refreshed: 0 };
  const secret = (): string => randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (claims: Readonly<Record<string, unknown>>, lifetime: number): Promise<string> =>
    new SignJWT({ iss: issuer, sub: 'alice', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuedAt()
      .setExpirationTime(`${lifetime}s`)
      .sign(privateKey);
  const script: Script = {
    accessToken: () => sign({ aud: 'api' }, 3600),
    idTokenLifetime: 3600,
    refreshTokens: true,
    rotates: true,
    denial: undefined,
    idClaims: (claims) => claims,
    metadata: (document) => document,
    deviceAnswers: [],
    device: {},
    refreshDelay: 0,
  };

  const issue = async (nonce?: string, family = secret()): Promise<unknown> => {
    const refreshToken = secret();
    families.set(family, { alive: true, current: refreshToken });
    tokensOf.set(refreshToken, family);
    const claims = script.idClaims({ aud: clientId, ...(nonce === undefined ? {} : { nonce }) });
    return {
      token_type: 'Bearer',
      access_token: await script.accessToken(),
      id_token: await sign(claims, script.idTokenLifetime),
      ...(script.refreshTokens ? { refresh_token: refreshToken } : {}),
    };
  };

  async function refresh(given: string): Promise<unknown> {
    const name = tokensOf.get(given) ?? '';
    const family = families.get(name);
    if (family === undefined || !family.alive) return { error: 'invalid_grant' };
    if (family.current !== given) {
      counts.reused += 1;
      family.alive = false;
      return { error: 'invalid_grant' };
    }
    counts.refreshed += 1;
    // Spent from here on, however long the answer takes.
    const next = issue(undefined, name);
    await new Promise((resolve) => setTimeout(resolve, script.refreshDelay));
    if (script.rotates) return next;
    families.set(name, { alive: true, current: given });
    const { refresh_token: _, ...rest } = (await next) as Record<string, unknown>;
    return rest;
  }

  async function tokens(parameters: Readonly<Record<string, string>>): Promise<unknown> {
    if (parameters['client_id'] !== clientId || 'client_secret' in parameters) return { error: 'invalid_client' };
    switch (parameters['grant_type']) {
      case 'authorization_code': {
        const code = codes.get(parameters['code'] ?? '');
        codes.delete(parameters['code'] ?? '');
        const verifier = createHash('sha256')
          .update(parameters['code_verifier'] ?? '')
          .digest('base64url');
        if (code?.challenge !== verifier || code.redirectUri !== parameters['redirect_uri'])
          return { error: 'invalid_grant' };
        return issue(code.nonce);
      }
      case 'refresh_token':
        return refresh(parameters['refresh_token'] ?? '');
      case 'urn:ietf:params:oauth:grant-type:device_code': {
        if (parameters['device_code'] !== 'device-1') return { error: 'invalid_grant' };
        const error = script.deviceAnswers.shift();
        return error === undefined ? issue() : { error };
      }
      case undefined:
      default:
        return { error: 'unsupported_grant_type' };
    }
  }

  function authorize(parameters: Readonly<Record<string, string>>): string | undefined {
    const { redirect_uri: redirectUri = '', state = '', code_challenge: challenge = '', nonce = '' } = parameters;
    const whole = parameters['client_id'] === clientId && parameters['response_type'] === 'code';
    if (!whole || !redirect.test(redirectUri) || parameters['code_challenge_method'] !== 'S256') return undefined;
    const back = new URL(redirectUri);
    const code = secret();
    codes.set(code, { challenge, redirectUri, nonce });
    back.search = new URLSearchParams({
      state,
      iss: issuer,
      ...(script.denial === undefined ? { code } : { error: script.denial }),
    }).toString();
    return back.href;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = request.method === 'POST' ? Buffer.concat(chunks).toString() : url.search;
    const parameters = Object.fromEntries(new URLSearchParams(form));
    asked.push({ path: url.pathname, parameters });
    const json = (body: unknown): void => {
      const isError = typeof body === 'object' && body !== null && 'error' in body;
      response.writeHead(isError ? 400 : 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(
          script.metadata({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            device_authorization_endpoint: `${issuer}/device`,
            revocation_endpoint: `${issuer}/revoke`,
            jwks_uri: `${issuer}/jwks`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
            authorization_response_iss_parameter_supported: true,
          }),
        );
      case '/jwks':
        return json({ keys: [key] });
      case '/authorize': {
        const back = authorize(parameters);
        if (back === undefined) return json({ error: 'invalid_request' });
        response.writeHead(302, { Location: back }).end();
        return;
      }
      case '/device':
        return json({
          device_code: 'device-1',
          user_code: 'WDJB-MJHT',
          verification_uri: `${issuer}/activate`,
          expires_in: 60,
          interval: 1,
          ...script.device,
        });
      case '/token':
        return json(await tokens(parameters));
      case '/revoke': {
        const family = families.get(tokensOf.get(parameters['token'] ?? '') ?? '');
        if (family !== undefined) family.alive = false;
        response.writeHead(200).end();
        return;
      }
      default:
        response.writeHead(404).end();
    }
  }

  return {
    issuer,
    asked,
    script,
    reused: () => counts.reused,
    refreshed: () => counts.refreshed,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
