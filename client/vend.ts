// Asks a token vending machine over HTTP, with the platform's own fetch: one request, one answer, no retry. No dependencies: it
// runs in browsers and in Node. Never logs, never keeps a token.
import { readClock } from './platform.ts';
import { toRefusal, VendUnreachableError } from './refusal.ts';

/** The part of `fetch` that is used, so that tests and odd platforms can bring their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where and how to ask. */
export interface VendOptions {
  readonly url: string;
  readonly token: string;
  readonly permissionSet?: string;
  readonly durationSeconds?: number;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
}

/** The credentials document of the API; see docs/api.md. */
export interface CredentialsDocument {
  readonly Version: 1;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Token: string;
  /** RFC 3339, UTC. */
  readonly Expiration: string;
  readonly RefreshAfter: string;
  readonly AccountId: string;
  readonly RoleArn: string;
  readonly AssumedRoleArn: string;
  readonly Tenant: string;
  readonly Subject: string;
  readonly PermissionSet: string;
  readonly SourceIdentity?: string;
  readonly PackedPolicySize?: number;
  readonly RequestId: string;
}

/** Credentials with what the answer said of the machine's clock. */
export interface VendAnswer {
  readonly document: CredentialsDocument;
  /** The `Date` header, milliseconds since 1970; undefined in browsers, which hide it across origins. */
  readonly serverTime: number | undefined;
}

type Reach = Pick<VendOptions, 'url' | 'signal' | 'fetch'> & { readonly token?: string };

/** Vends once. Rejects with {@link VendRefusedError} or {@link VendUnreachableError}. */
export async function requestCredentials(options: VendOptions): Promise<CredentialsDocument> {
  return (await requestVend(options)).document;
}

/** Vends once and tells the machine's time. Rejects as {@link requestCredentials} does. */
export async function requestVend(options: VendOptions): Promise<VendAnswer> {
  const { permissionSet, durationSeconds } = options;
  const path = permissionSet === undefined ? '/v1/credentials' : `/v1/credentials/${encodeURIComponent(permissionSet)}`;
  // POST: its answer carries SessionToken whatever the size.
  const body = JSON.stringify(durationSeconds === undefined ? {} : { durationSeconds });
  const { document, date } = await request(options, path, { method: 'POST', body });
  const time = Date.parse(date ?? '');
  return { document: parseCredentials(document, options.url), serverTime: Number.isNaN(time) ? undefined : time };
}

/** GETs a JSON document of the machine, such as `/v1/identity`. Rejects as {@link requestCredentials} does. */
export async function requestDocument(options: Reach, path: string): Promise<unknown> {
  return (await request(options, path, { method: 'GET' })).document;
}

/** POSTs a JSON document to the machine, such as to `/v1/explain`. Rejects as {@link requestCredentials} does. */
export async function postDocument(
  options: Pick<VendOptions, 'url' | 'token' | 'signal' | 'fetch'>,
  path: string,
  document: unknown,
): Promise<unknown> {
  return (await request(options, path, { method: 'POST', body: JSON.stringify(document) })).document;
}

async function request(
  { url, token, signal, fetch: fetchWith = fetch }: Reach,
  path: string,
  init: { readonly method: string; readonly body?: string },
): Promise<{ readonly document: Readonly<Record<string, unknown>>; readonly date: string | null }> {
  let response: Response;
  let text: string;
  try {
    response = await fetchWith(`${url.replace(/\/+$/, '')}${path}`, {
      ...init,
      // A redirect would carry the token to wherever it points.
      redirect: 'error',
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(init.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    text = await response.text();
  } catch (cause) {
    // The cause may quote the Authorization header (an invalid header value does): only its kind is passed on.
    throw new VendUnreachableError(`${url} cannot be reached${reasonOf(cause)}`);
  }
  const document = parseObject(text);
  if (document === undefined) {
    const message = `${url} answered ${response.status} and no JSON: is it a token vending machine?`;
    throw new VendUnreachableError(message, { status: response.status });
  }
  if (!response.ok) throw toRefusal(response.status, document, response.headers.get('retry-after'), readClock());
  return { document, date: response.headers.get('date') };
}

/** The system's own code of the failure, such as ECONNREFUSED or CERT_HAS_EXPIRED: harmless, and what tells causes apart. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code: unknown = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return ` (${code})`;
  return cause instanceof Error && cause.name === 'TimeoutError' ? ' in time' : '';
}

/** What is used later must be there: half an answer would reach an SDK as `undefined` keys. */
function parseCredentials(document: Readonly<Record<string, unknown>>, url: string): CredentialsDocument {
  const sessionToken = document['SessionToken'] ?? document['Token'];
  const texts = [document['AccessKeyId'], document['SecretAccessKey'], sessionToken];
  const times = [document['Expiration'], document['RefreshAfter']];
  if (
    !texts.every((one) => typeof one === 'string' && one !== '') ||
    !times.every((one) => typeof one === 'string' && !Number.isNaN(Date.parse(one)))
  )
    throw new VendUnreachableError(`${url} answered without whole credentials: is it a token vending machine?`, {
      status: 200,
    });
  return { ...document, SessionToken: sessionToken } as unknown as CredentialsDocument;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
