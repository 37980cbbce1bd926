// The actions that only ask: who am I, whose key is this, why was that denied. None of them issues anything.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
import type { Surroundings } from '../account-state.ts';
import type { Caller } from '../authorise.ts';
import type { Session } from '../sessions.ts';
import { element, type Xml } from '../wire/xml.ts';
import { decodeAuthorizationMessage } from './authorization-message.ts';
import { deniedCaller, requirePermission } from './denial.ts';
import { readText, refuseUnknown, validationError, type StsForm } from './parameters.ts';

/** Needs no permission, as in AWS: not even an explicit deny stops it. */
export function getCallerIdentity({ parameters }: StsForm, session: Session, { state }: Surroundings): readonly Xml[] {
  refuseUnknown(parameters, [], []);
  return [
    element('Arn', session.sessionArn),
    element('UserId', session.userId),
    element('Account', state.account.accountId),
  ];
}

/** The account of an access key that local mode knows, ended sessions of the last hour included. Throws AccessDenied or
 * ValidationError. */
export function getAccessKeyInfo({ parameters }: StsForm, caller: Caller, around: Surroundings): readonly Xml[] {
  refuseUnknown(parameters, ['AccessKeyId'], []);
  const id = readText(parameters, 'AccessKeyId', { min: 16, max: 128, pattern: /^\w*$/ });
  if (id === undefined) throw validationError('AccessKeyId is required.');
  requireAsking(caller, 'sts:GetAccessKeyInfo', around);
  if (around.sessions.find(id) === undefined) throw validationError('The access key is none of this local account.');
  return [element('Account', around.state.account.accountId)];
}

/** The reason of a denial, from the message that stood beside it. Throws AccessDenied or InvalidAuthorizationMessageException. */
export function decodeMessage({ parameters }: StsForm, caller: Caller, around: Surroundings): readonly Xml[] {
  refuseUnknown(parameters, ['EncodedMessage'], []);
  const encoded = readText(parameters, 'EncodedMessage', { min: 1, max: 10_240 });
  if (encoded === undefined) throw validationError('EncodedMessage is required.');
  requireAsking(caller, 'sts:DecodeAuthorizationMessage', around);
  return [element('DecodedMessage', decodeAuthorizationMessage(encoded))];
}

/** Sessions of GetFederationToken and GetSessionToken ask nothing but who they are, whatever their policies allow. */
function requireAsking(caller: Caller, action: string, around: Surroundings): void {
  const need = { action, resource: '*' };
  const { kind } = caller.session;
  if (kind === 'federated-user' || kind === 'user-session') throw deniedCaller(caller, need, undefined);
  requirePermission(caller, need, around);
}
