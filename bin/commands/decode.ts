// Reads a token without a network and without any verification: what it says, not whether it is true.
import { isRecord } from '../../core/iam/syntax.ts';
import { CommandError, exitCodes } from './command.ts';

/** Header and claims of a token; the signature is left out, so that what is printed cannot be used as one. */
export interface Decoded {
  readonly verified: false;
  readonly header: unknown;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Throws a token error that quotes nothing of it. */
export function decodeToken(token: string): Decoded {
  const segments = token.trim().split('.');
  const [header, claims] = segments.slice(0, 2).map(parseSegment);
  if (segments.length !== 3 || !isRecord(header) || !isRecord(claims))
    throw new CommandError(
      exitCodes.token,
      segments.length === 5 ? 'this token is encrypted' : 'this is no JWT',
      'a JWT is three base64url parts with dots between them',
    );
  return { verified: false, header, claims };
}

function parseSegment(segment: string): unknown {
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** As JSON that cannot move the cursor or colour the terminal: a token is somebody else's text. */
export function renderDecoded(decoded: Decoded, indent?: number): string {
  return JSON.stringify(decoded, undefined, indent).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** When it was issued and ends, in words. `now` in milliseconds. */
export function describeTimes({ claims }: Decoded, now: number): string {
  const { exp } = claims;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return 'it has no expiry';
  const seconds = Math.round(exp - now / 1000);
  return seconds < 0 ? `it expired ${-seconds} s ago by this clock` : `it expires in ${seconds} s by this clock`;
}
