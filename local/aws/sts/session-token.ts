// GetSessionToken: a user's long-term key for a session of the same user, with MFA where the user has a device. No policy can
// allow or forbid it: it authenticates, and what the session may do is decided at every call.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
import type { LocalUser } from '../../account.ts';
import type { Surroundings } from '../account-state.ts';
import { AwsRefusal } from '../refusal.ts';
import type { Session } from '../sessions.ts';
import { isEqual } from '../wire/sigv4.ts';
import type { Xml } from '../wire/xml.ts';
import { credentialsElement } from './answer.ts';
import { wrongCredentials } from './denial.ts';
import { readDuration, readText, refuseUnknown, userSeconds, validationError, type StsForm } from './parameters.ts';

/** Answers GetSessionToken. Throws {@link AwsRefusal}. */
export function getSessionToken(
  { parameters }: StsForm,
  caller: Session,
  { state, sessions, now }: Surroundings,
): readonly Xml[] {
  const user = caller.kind === 'user' ? state.user(caller.ownerArn) : undefined;
  if (user === undefined) throw wrongCredentials('GetSessionToken');
  refuseUnknown(parameters, ['DurationSeconds', 'SerialNumber', 'TokenCode'], []);
  const durationSeconds = readDuration(parameters, userSeconds);
  const hasMfa = checkMfa(parameters, user);
  const context = hasMfa ? { 'aws:MultiFactorAuthPresent': 'true' } : {};
  return [credentialsElement(sessions.issue({ kind: 'user-session', user, durationSeconds, context }, now()))];
}

/** True where the request names the user's device with the code it shows. Every other code is a denial, never ignored. */
function checkMfa(parameters: StsForm['parameters'], { mfa }: LocalUser): boolean {
  const serialNumber = readText(parameters, 'SerialNumber', { min: 9, max: 256, pattern: /^[\w+=/:,.@-]*$/ });
  const code = readText(parameters, 'TokenCode', { min: 6, max: 6, pattern: /^[0-9]*$/ });
  if (serialNumber === undefined && code === undefined) return false;
  if (serialNumber === undefined || code === undefined) {
    throw validationError('SerialNumber and TokenCode are given together, or neither is.');
  }
  if (mfa !== undefined && serialNumber === mfa.serialNumber && isEqual(code, mfa.code)) return true;
  throw new AwsRefusal('AccessDenied', 403, 'MultiFactorAuthentication failed with invalid MFA one time pass code.');
}
