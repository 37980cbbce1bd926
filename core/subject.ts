// The subject: who within the tenant. Providers put almost anything printable there, so it is checked and never rewritten.
import { TvmError } from './errors.ts';

/** A subject claim as it is: a non-empty string without control characters. Throws `token-invalid`. */
export function parseSubject(value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new TvmError('token-invalid', { detail: 'the subject is missing or no string' });
  if (/\p{Cc}/u.test(value)) throw new TvmError('token-invalid', { detail: 'the subject holds control characters' });
  if (!value.isWellFormed()) throw new TvmError('token-invalid', { detail: 'the subject holds half a character' });
  return value;
}
