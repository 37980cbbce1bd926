// The keys of one issuer over time: fetched from the configured issuer only, kept for a bounded age, served stale while the
// issuer is down, and fetched at most twice in ten seconds whatever key ids arrive.
// @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
import type { TrustedIssuer } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import { isDiscoveredJwksUrl } from '../core/url.ts';
import { fetchJson } from './fetch-json.ts';
import { importKeys, type SigningKey } from './signing-keys.ts';

/** Milliseconds and bytes of the key cache. A revoked key stops verifying within maxAge while the issuer answers, else
 * within staleAge. */
const limits = {
  maxAge: 10 * 60_000,
  staleAge: 60 * 60_000,
  fetchWindow: 10_000,
  fetchesPerWindow: 2,
  fetchTimeout: 2_500,
  maxBytes: 512 * 1024,
} as const;

interface Keys {
  readonly byId: ReadonlyMap<string, SigningKey>;
  readonly fetchedAt: number;
}

/** Looks up keys of one issuer by id. */
export interface KeySource {
  /** The key, or undefined where the issuer has none of that id. Rejects with `issuer-unavailable`, when `signal` aborts too:
   * the fetch then goes on for those who come after. */
  readonly find: (keyId: string, signal?: AbortSignal) => Promise<SigningKey | undefined>;
  /** Fetches ahead of the first request; never rejects. */
  readonly warm: () => Promise<void>;
}

interface Fetch {
  readonly startedAt: number;
  readonly done: Promise<void>;
}

/** Makes the source of an issuer's keys; pinned keys are never fetched. `clock` in milliseconds since 1970; `onFailure` is
 * told of each fetch that failed. */
export function createKeySource(
  issuer: TrustedIssuer,
  clock: () => number,
  onFailure: () => void = () => undefined,
): KeySource {
  if (issuer.jwks !== undefined) {
    const pinned = importKeys(issuer.jwks) ?? new Map<string, SigningKey>();
    return { find: async (keyId) => pinned.get(keyId), warm: async () => undefined };
  }
  let keys: Keys | undefined;
  let current: Fetch | undefined;
  let attempts: readonly number[] = [];
  let failure: string | undefined = 'not fetched yet';

  const fetchOnce = async (startedAt: number): Promise<void> => {
    try {
      const byId = await fetchKeys(issuer);
      // As old as the question, not the answer: of a fetch that was frozen half-way the answer is hours old.
      if (keys !== undefined && keys.fetchedAt > startedAt) return;
      keys = { byId, fetchedAt: startedAt };
      failure = undefined;
    } catch (cause) {
      failure = cause instanceof Error ? cause.message : 'failed';
      onFailure();
    }
  };
  /** One fetch at a time, shared by all who wait for it, and none past the rate: a flood of unknown key ids must neither
   * hammer the issuer nor keep a real rotation out for more than ten seconds. */
  const refresh = (): Promise<void> => {
    const now = clock();
    // Past its timeout a fetch is one that Lambda froze: its connection is dead, and waiting for it would fail this request.
    if (current !== undefined && now - current.startedAt <= limits.fetchTimeout) return current.done;
    attempts = attempts.filter((at) => now - at < limits.fetchWindow);
    if (attempts.length >= limits.fetchesPerWindow) return Promise.resolve();
    attempts = [...attempts, now];
    const started: Fetch = {
      startedAt: now,
      done: fetchOnce(now).finally(() => {
        if (current === started) current = undefined;
      }),
    };
    current = started;
    return started.done;
  };
  const age = (): number => (keys === undefined ? Infinity : clock() - keys.fetchedAt);

  return {
    find: async (keyId, signal) => {
      let inTime = true;
      if (age() >= limits.maxAge || keys?.byId.has(keyId) !== true) {
        // Nothing is begun for a request that has no time to see its end.
        inTime = signal?.aborted !== true && (await endsInTime(refresh(), signal));
      }
      const key = age() < limits.staleAge ? keys?.byId.get(keyId) : undefined;
      // An unknown id while the issuer cannot be asked may be a rotated key: that is its failure, not the token's.
      if (key === undefined && (failure !== undefined || !inTime)) {
        const why = inTime ? failure : 'not in time';
        throw new TvmError('issuer-unavailable', { detail: `keys of issuer ${issuer.name}: ${why ?? ''}` });
      }
      return key;
    },
    warm: refresh,
  };
}

/** Whether the work ends before the signal aborts. The work must not reject. */
async function endsInTime(work: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) return work.then(() => true);
  let onAbort = (): void => undefined;
  const aborted = new Promise<boolean>((resolve) => {
    onAbort = () => resolve(false);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const ended = await Promise.race([work.then(() => true), aborted]);
  signal.removeEventListener('abort', onAbort);
  return ended;
}

async function fetchKeys(issuer: TrustedIssuer): Promise<ReadonlyMap<string, SigningKey>> {
  // Discovery and keys share one budget, so a slow issuer costs a request 2.5 s at most.
  const { maxBytes, fetchTimeout: timeout } = limits;
  const bounds = { maxBytes, timeout, signal: AbortSignal.timeout(timeout) };
  const url = issuer.jwksUri ?? (await discoverJwksUri(issuer, bounds));
  const keys = importKeys(await fetchJson(url, bounds));
  if (keys === undefined) throw new TypeError('the key set has no keys');
  return keys;
}

async function discoverJwksUri({ issuer }: TrustedIssuer, bounds: Parameters<typeof fetchJson>[1]): Promise<string> {
  const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, bounds);
  const { issuer: stated, jwks_uri: jwksUri } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (stated !== issuer) throw new TypeError('the discovery document is of another issuer');
  if (typeof jwksUri !== 'string' || !isDiscoveredJwksUrl(jwksUri, issuer))
    throw new TypeError('jwks_uri is not acceptable');
  return jwksUri;
}
