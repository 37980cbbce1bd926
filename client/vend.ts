// Asks a token vending machine for credentials over HTTP, with the platform's own fetch. No dependencies: it runs in browsers
// and in Node. Never logs, never keeps a token.

/** Where and how to ask. */
export interface VendOptions {
  readonly url: string;
  readonly token: string;
  readonly permissionSet?: string;
  readonly durationSeconds?: number;
  readonly signal?: AbortSignal;
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

/** A refusal of the machine. `code` is the slug of docs/errors.md, such as `token-expired`. */
export class VendRefusedError extends Error {
  override readonly name = 'VendRefusedError';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(code: string, message: string, status: number, requestId: string | undefined) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** The machine cannot be reached, or what answered is no token vending machine. */
export class VendUnreachableError extends Error {
  override readonly name = 'VendUnreachableError';
}

/** Vends once. Rejects with {@link VendRefusedError} or {@link VendUnreachableError}. */
export async function requestCredentials(options: VendOptions): Promise<CredentialsDocument> {
  const { permissionSet, durationSeconds } = options;
  const path = permissionSet === undefined ? '/v1/credentials' : `/v1/credentials/${encodeURIComponent(permissionSet)}`;
  // POST: its answer carries SessionToken whatever the size.
  const body = JSON.stringify(durationSeconds === undefined ? {} : { durationSeconds });
  return (await request(options, path, { method: 'POST', body })) as CredentialsDocument;
}

/** GETs a JSON document of the machine, such as `/v1/identity`. Rejects as {@link requestCredentials} does. */
export async function requestDocument(
  options: Pick<VendOptions, 'url' | 'signal'> & { readonly token?: string },
  path: string,
): Promise<unknown> {
  return request(options, path, { method: 'GET' });
}

/** POSTs a JSON document to the machine, such as to `/v1/explain`. Rejects as {@link requestCredentials} does. */
export async function postDocument(
  options: Pick<VendOptions, 'url' | 'token' | 'signal'>,
  path: string,
  document: unknown,
): Promise<unknown> {
  return request(options, path, { method: 'POST', body: JSON.stringify(document) });
}

async function request(
  { url, token, signal }: Pick<VendOptions, 'url' | 'signal'> & { readonly token?: string },
  path: string,
  init: { readonly method: string; readonly body?: string },
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
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
    throw new VendUnreachableError(`${url} cannot be reached`, { cause });
  }
  const document = parseObject(text);
  if (document === undefined)
    throw new VendUnreachableError(`${url} answered ${response.status} and no JSON: is it a token vending machine?`);
  if (response.ok) return document;
  const { type, Message: message, RequestId: requestId } = document;
  const code = typeof type === 'string' ? type.slice(type.indexOf('#') + 1) : 'internal';
  throw new VendRefusedError(
    code,
    typeof message === 'string' ? message : `status ${response.status}`,
    response.status,
    typeof requestId === 'string' ? requestId : undefined,
  );
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
