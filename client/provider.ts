// A credential provider for the AWS SDK for JavaScript v3: vends, keeps the credentials until RefreshAfter, and renews them once
// for all callers that wait. Runs in browsers and in Node; keeps credentials in memory only.
import { measureSkew, measureSkewOfAnswer } from './clock-skew.ts';
import { readChance, readClock, sleep } from './platform.ts';
import { isOutage, VendRefusedError } from './refusal.ts';
import { retryOutages, type Waiting } from './retry.ts';
import { requestVend, type Fetch, type VendAnswer, type VendOptions } from './vend.ts';

/** What the SDK calls an AwsCredentialIdentity. */
export interface VendedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** By this machine's clock, which is what the SDK compares it with. */
  readonly expiration: Date;
  readonly accountId?: string;
}

/** What the SDK takes as `credentials`. `forceRefresh` vends although the kept credentials would do. */
export type CredentialProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<VendedCredentials>;

/** The token, or where to get it. A function is called for every vend, so that a token that was renewed meanwhile is used. */
export type TokenSource = string | (() => string | Promise<string>);

/** How to reach the machine. */
export interface ProviderOptions {
  /** The machine's URL, such as `https://tvm.example.com`. */
  readonly url: string;
  readonly token: TokenSource;
  /** @default the machine's default */
  readonly permissionSet?: string;
  /** 900 to 3600. @default what the machine is configured to */
  readonly durationSeconds?: number;
  /** Milliseconds for one request. @default 10000 */
  readonly requestTimeout?: number;
  /** @default the platform's own */
  readonly fetch?: Fetch;
  /** Milliseconds since 1970, for tests. @default the platform's clock */
  readonly clock?: () => number;
  /** For tests. @default the platform's timer and chance */
  readonly waiting?: Waiting;
}

/** Credentials with when they are due, both in milliseconds of this machine's clock. */
interface Kept {
  readonly credentials: VendedCredentials;
  readonly refreshAt: number;
  readonly expiresAt: number;
}

const defaultRequestTimeout = 10_000;
/** Milliseconds. Credentials that end sooner are not handed out when a renewal fails: the SDK's own request takes time, too. */
const leastLife = 60_000;
/** Milliseconds for which a machine that is down is left alone while the kept credentials still do. */
const pauseAfterOutage = 15_000;

/** Makes a provider. It vends at the first call, not here. Its promises reject with `VendRefusedError` or
 * `VendUnreachableError`; a refusal is never covered up with older credentials, an outage is, while those live.
 * @throws TypeError where the URL could carry the token in clear text. */
export function fromTokenVendingMachine(options: ProviderOptions): CredentialProvider {
  checkUrl(options.url);
  const { clock = readClock } = options;
  let kept: Kept | undefined;
  let pending: Promise<Kept> | undefined;
  let pausedUntil = -Infinity;

  async function renew(): Promise<Kept> {
    try {
      kept = await vendAndMeasure(options, clock);
    } catch (cause) {
      // Whatever the machine refuses is refused: a disabled tenant must not live on in here. An outage says nothing.
      if (kept === undefined || !isOutage(cause) || kept.expiresAt - clock() < leastLife) throw cause;
      pausedUntil = clock() + pauseAfterOutage;
    }
    return kept;
  }

  return async ({ forceRefresh = false } = {}) => {
    const now = clock();
    const good = kept !== undefined && kept.expiresAt - now >= leastLife;
    if (good && !forceRefresh && (now < kept!.refreshAt || now < pausedUntil)) return kept!.credentials;
    // One vend for all who wait: a page that starts twenty requests must not start twenty vends.
    pending ??= renew().finally(() => {
      pending = undefined;
    });
    return (await pending).credentials;
  };
}

/** Vends with retries, and once more with a new token where the first had expired. */
async function vendAndMeasure(options: ProviderOptions, clock: () => number): Promise<Kept> {
  const { waiting = { sleep, chance: readChance } } = options;
  // Refusals tell the machine's time to browsers too, which see no Date header across origins.
  let skewOfRefusal = 0;
  const vendWith = async (token: string): Promise<Kept> => {
    try {
      return toKept(await requestVend(toRequest(options, token)), clock(), skewOfRefusal);
    } catch (cause) {
      if (cause instanceof VendRefusedError) skewOfRefusal = measureSkew(cause.serverTime, clock());
      throw cause;
    }
  };
  const token = await readToken(options.token);
  try {
    return await retryOutages(() => vendWith(token), waiting);
  } catch (cause) {
    if (!isExpiry(cause)) throw cause;
    const again = await readToken(options.token);
    if (again === token) throw cause;
    return retryOutages(() => vendWith(again), waiting);
  }
}

function toRequest(options: ProviderOptions, token: string): VendOptions {
  const { url, permissionSet, durationSeconds, requestTimeout = defaultRequestTimeout, fetch: fetchWith } = options;
  return {
    url,
    token,
    signal: AbortSignal.timeout(requestTimeout),
    ...(permissionSet === undefined ? {} : { permissionSet }),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(fetchWith === undefined ? {} : { fetch: fetchWith }),
  };
}

/** Token files end in a new line, which no header may hold. */
async function readToken(source: TokenSource): Promise<string> {
  return (typeof source === 'string' ? source : await source()).trim();
}

function isExpiry(cause: unknown): boolean {
  return cause instanceof VendRefusedError && ['token-expired', 'token-expires-too-soon'].includes(cause.code);
}

function toKept({ document, serverTime }: VendAnswer, now: number, skewOfRefusal: number): Kept {
  const skew = measureSkewOfAnswer(document, serverTime ?? now + skewOfRefusal, now);
  const expiresAt = Date.parse(document.Expiration) - skew;
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = document;
  const expiration = new Date(expiresAt);
  const account = typeof document.AccountId === 'string' ? { accountId: document.AccountId } : {};
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken, expiration, ...account },
    refreshAt: Date.parse(document.RefreshAfter) - skew,
    expiresAt,
  };
}

function checkUrl(text: string): void {
  const { protocol, hostname } = new URL(text);
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback))
    throw new TypeError('url must be https (http only for this machine): the token goes there');
}
