// Under which name credentials are kept: everything that decides what would be vended, and who asks. Two tenants never share one.
import { createHash } from 'node:crypto';
import { isRecord } from '../../core/iam/syntax.ts';

/** What is asked of which machine. */
export interface Asked {
  readonly url: string;
  readonly permissionSet?: string;
  readonly durationSeconds?: number;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The key of credentials for a holder. `holder` is {@link holderOfToken}, or names a local tenant. */
export function cacheKey({ url, permissionSet, durationSeconds }: Asked, holder: readonly unknown[]): string {
  // As JSON: no part can run into the next.
  return sha256(JSON.stringify(['tvm-1', url, permissionSet ?? null, durationSeconds ?? null, ...holder]));
}

/** Claims that differ between two tokens of one holder. Which of the others names the tenant only the machine knows, so all of
 * them count. */
const perToken = new Set(['exp', 'iat', 'nbf', 'jti', 'auth_time']);

/** Who a token says its holder is, read without verification: all its claims but those of the single token, or the whole token
 * where it cannot be read. It finds an entry; that the entry may be served to this token is for the machine to say. */
export function holderOfToken(token: string): readonly unknown[] {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (isRecord(claims) && typeof claims['iss'] === 'string' && typeof claims['sub'] === 'string') {
      const lasting = Object.entries(claims).filter(([name]) => !perToken.has(name));
      return ['claims', lasting.sort(([a], [b]) => (a < b ? -1 : 1))];
    }
  } catch {
    // No token that a machine would take; it will say so.
  }
  return ['token', sha256(token)];
}
