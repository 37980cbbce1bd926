// One kept vend: what is stored, when it may be served, how it is read back. Anything odd in a file makes it no entry at all.
import type { VendAnswer } from '../../client/vend.ts';
import { measureSkewOfAnswer } from '../../client/clock-skew.ts';
import { isRecord } from '../../core/iam/syntax.ts';

/** The document of `credential_process`, and what decides whether it is served. */
export interface Entry {
  readonly process: ProcessDocument;
  readonly refreshAfter: string;
  readonly tenant: string;
  readonly subject: string;
  readonly permissionSet: string;
  /** SHA-256 of the tokens for which the machine has vended or confirmed this. */
  readonly tokens: readonly string[];
  /** Milliseconds since 1970 by our clock, and what to add to it to get the machine's. */
  readonly receivedAt: number;
  readonly skew: number;
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
export interface ProcessDocument {
  /** The number: SDKs refuse "1". */
  readonly Version: 1;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
  readonly AccountId?: string;
}

/** Milliseconds. Python and .NET come back at once, and for every call, with less than this. */
const leastLife = 900_000;
/** Milliseconds. No vend lives longer than an hour, so that after three quarters of it no clock can say otherwise. */
const longestKept = 2_700_000;
/** Clocks are set; a little back is no reason to vend. */
const clockTolerance = 60_000;
const mostTokens = 16;

/** An entry of an answer. `now` in milliseconds. */
export function toEntry({ document, serverTime }: VendAnswer, tokenHash: string, now: number): Entry {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId } = document;
  return {
    process: { Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId },
    refreshAfter: document.RefreshAfter,
    tenant: document.Tenant,
    subject: document.Subject,
    permissionSet: document.PermissionSet,
    tokens: [tokenHash],
    receivedAt: now,
    skew: measureSkewOfAnswer(document, serverTime, now),
  };
}

/** Whether the credentials are young enough to be served. `now` in milliseconds. */
export function isFresh(entry: Entry, now: number): boolean {
  const serverNow = now + entry.skew;
  const age = now - entry.receivedAt;
  return (
    serverNow < Date.parse(entry.refreshAfter) &&
    Date.parse(entry.process.Expiration) - serverNow >= leastLife &&
    age > -clockTolerance &&
    age < longestKept
  );
}

/** The entry with one more token that the machine has confirmed. */
export function withToken(entry: Entry, tokenHash: string): Entry {
  return { ...entry, tokens: [tokenHash, ...entry.tokens].slice(0, mostTokens) };
}

/** Reads a stored entry. A file that is cut off, edited or of another version is undefined, never an error. */
export function parseEntry(text: string | undefined): Entry | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || !isRecord(value['process'])) return undefined;
    const { process: document, tokens, receivedAt, skew } = value;
    const texts = [document['AccessKeyId'], document['SecretAccessKey'], document['SessionToken']];
    const names = [
      document['Expiration'],
      value['refreshAfter'],
      value['tenant'],
      value['subject'],
      value['permissionSet'],
    ];
    const whole =
      document['Version'] === 1 &&
      [...texts, ...names].every((one) => typeof one === 'string' && one !== '') &&
      Array.isArray(tokens) &&
      tokens.every((one) => typeof one === 'string') &&
      Number.isFinite(receivedAt) &&
      Number.isFinite(skew);
    return whole ? (value as unknown as Entry) : undefined;
  } catch {
    return undefined;
  }
}
