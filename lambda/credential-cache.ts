// The credential cache of one execution environment: bounded, least recently used first out, one call to STS per key at a time.
// It stands behind the decision and never before it: whoever asks has a grant. Nothing is done in the background, because
// Lambda freezes an environment between requests, and because every AssumeRole belongs to a request's audit record.
import { TvmError } from '../core/errors.ts';
import {
  isDueForRenewal,
  isReusable,
  isWorthKeeping,
  reuseKey,
  type MadeCredentials,
  type ReuseCredentials,
} from '../core/reuse.ts';

/** Seconds without a further renewal after one failed: an outage of STS must not cost every request a try. */
const renewalPause = 10;

/** Milliseconds that a renewal may take. SDKs hang up after one to five seconds: with good credentials at hand, nobody waits out
 * an STS that hangs. */
const renewalTimeout = 1_000;

type Make = () => Promise<MadeCredentials>;

/** Makes the port. `maxEntries` bounds memory (an entry is about 5 KB). */
export function createCredentialCache({ maxEntries }: { readonly maxEntries: number }): ReuseCredentials {
  const kept = new Map<string, MadeCredentials>();
  const flights = new Map<string, Promise<MadeCredentials>>();
  const renewalNotBefore = new Map<string, number>();

  const keep = (key: string, made: MadeCredentials): void => {
    kept.delete(key);
    kept.set(key, made);
    const [oldest] = kept.keys();
    if (kept.size > maxEntries && oldest !== undefined) forget(oldest);
  };
  const forget = (key: string): void => {
    kept.delete(key);
    renewalNotBefore.delete(key);
  };
  /** One call at a time; its failure reaches those who wait for it, and nobody after them. */
  const fly = (key: string, make: Make): Promise<MadeCredentials> => {
    const flight = make()
      .then((made) => {
        keep(key, made);
        renewalNotBefore.delete(key);
        return made;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };

  return async ({ grant, now, make: makeWithin, signal }) => {
    const make: Make = () => makeWithin(signal);
    if (!isWorthKeeping(grant)) return { made: await make(), isHit: false };
    const key = reuseKey(grant);
    const old = kept.get(key);
    const standIn = old !== undefined && isReusable(old, grant, now) ? old : undefined;
    if (standIn !== undefined) {
      const mayRenew =
        isDueForRenewal(standIn, now) && !flights.has(key) && now >= (renewalNotBefore.get(key) ?? -Infinity);
      if (!mayRenew) {
        keep(key, standIn);
        return { made: standIn, isHit: true };
      }
      try {
        return { made: await fly(key, () => renewInTime(makeWithin, signal)), isHit: false };
      } catch (cause) {
        // Only a fault that passes is bridged. A denial may be the operator's way to stop this: it counts at once.
        if (!(cause instanceof TvmError && cause.code === 'sts-unavailable')) {
          forget(key);
          throw cause;
        }
        renewalNotBefore.set(key, now + renewalPause);
        return { made: standIn, isHit: true };
      }
    }
    const flight = flights.get(key);
    if (flight !== undefined) {
      const made = await inTime(flight, signal);
      if (isReusable(made, grant, now)) return { made, isHit: true };
      // Made for a token that lives longer than this one: not for this caller.
      return { made: await make(), isHit: false };
    }
    return { made: await fly(key, make), isHit: false };
  };
}

/** A renewal within its own time and the request's. */
async function renewInTime(
  make: (signal: AbortSignal) => Promise<MadeCredentials>,
  signal: AbortSignal,
): Promise<MadeCredentials> {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(), renewalTimeout);
  return make(AbortSignal.any([own.signal, signal])).finally(() => clearTimeout(timer));
}

/** The flight's outcome, or a refusal when this request's own time is over: another's call may have longer. */
function inTime(flight: Promise<MadeCredentials>, signal: AbortSignal): Promise<MadeCredentials> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new TvmError('sts-unavailable', { detail: 'AssumeRole: not in time' }));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    flight.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
