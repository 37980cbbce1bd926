// How far this machine's clock is from the token vending machine's. Phones and laptops are off by hours; judged by such a clock,
// fresh credentials look expired (a vend for every call) or dead ones look alive.
import type { CredentialsDocument } from './vend.ts';

/** Milliseconds. `Date` headers have whole seconds and the answer took its time: below this no clock is called wrong. */
const tolerance = 30_000;

/** Milliseconds to add to our clock to get the machine's; 0 where they agree. */
export function measureSkew(serverTime: number | undefined, now: number): number {
  if (serverTime === undefined) return 0;
  const skew = serverTime - now;
  return Math.abs(skew) < tolerance ? 0 : skew;
}

/** The same from an answer. Where no header tells (browsers hide `Date` across origins) and the credentials just vended look
 * due for renewal, only our clock can be ahead: RefreshAfter is a quarter of the lifetime before Expiration, which gives the
 * time of the vend. */
export function measureSkewOfAnswer(
  document: CredentialsDocument,
  serverTime: number | undefined,
  now: number,
): number {
  const skew = measureSkew(serverTime, now);
  const [expiration, refreshAfter] = [Date.parse(document.Expiration), Date.parse(document.RefreshAfter)];
  return now + skew < refreshAfter ? skew : expiration - 4 * (expiration - refreshAfter) - now;
}
