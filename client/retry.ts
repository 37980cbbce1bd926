// When a failed vend is tried again: only what the machine calls an outage, never sooner than it asks, and never all clients at
// the same moment.
import { isOutage, VendRefusedError } from './refusal.ts';

/** Waiting, as arguments: tests run through minutes at once. */
export interface Waiting {
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** From 0 up to but not including 1. */
  readonly chance: () => number;
}

const attempts = 3;
/** Milliseconds. */
const firstDelay = 200;
/** Milliseconds. A caller waits behind this: whoever is told to come back later than that hears so instead. */
const longestDelay = 20_000;

/** Runs `attempt` up to three times. Rejects with its last failure. */
export async function retryOutages<T>(attempt: () => Promise<T>, { sleep, chance }: Waiting): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (cause) {
      const delay = delayBefore(count + 1, cause, chance);
      if (count === attempts || !isOutage(cause) || delay > longestDelay) throw cause;
      await sleep(delay);
    }
  }
}

/** Milliseconds before that attempt: Retry-After and up to a quarter more, else full jitter over a growing window. */
function delayBefore(attempt: number, cause: unknown, chance: () => number): number {
  const asked = cause instanceof VendRefusedError ? cause.retryAfterSeconds : undefined;
  if (asked !== undefined) return asked * 1000 + chance() * Math.max(firstDelay, asked * 250);
  return chance() * firstDelay * 2 ** (attempt - 1);
}
