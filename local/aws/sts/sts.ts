// Local STS: which action is asked for, and who may ask it. A role that does not exist and a role that does not trust the caller
// get the same answer, so that nobody can list roles by trying. Every action that is not here is refused.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
import type { Surroundings } from '../account-state.ts';
import { decide, toCaller, toRequestContext, type Caller } from '../authorise.ts';
import { notImplemented, type HttpAnswer } from '../refusal.ts';
import type { WireRequest } from '../wire/request.ts';
import { SignatureError } from '../wire/signature-error.ts';
import type { VerifiedSignature } from '../wire/sigv4.ts';
import type { Xml } from '../wire/xml.ts';
import { renderStsResult } from './answer.ts';
import { assumeRole } from './assume-role.ts';
import { deniedCaller } from './denial.ts';
import { getFederationToken } from './federation-token.ts';
import { parseStsForm, unknownAction, type StsForm } from './parameters.ts';
import { decodeMessage, getAccessKeyInfo, getCallerIdentity } from './questions.ts';
import { assumeRoleWithSaml } from './saml.ts';
import { getSessionToken } from './session-token.ts';
import { assumeRoleWithWebIdentity } from './web-identity.ts';

/** Actions that real STS takes unsigned, because the proof is in the form. */
const unsignedActions = ['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'];
/** Actions that real STS has and local STS does not. */
const notBuilt = ['AssumeRoot', 'GetDelegatedAccessToken', 'GetWebIdentityToken'];

/** Answers one signed request. Throws {@link AwsRefusal}. */
export async function answerSts(
  request: WireRequest,
  { session }: VerifiedSignature,
  around: Surroundings,
): Promise<HttpAnswer> {
  const form = parseStsForm(request);
  const caller = toCaller(session, request.headers, around.state, around.now());
  return renderStsResult(form.action, await runSigned(form, request, caller, around));
}

/** Answers one request without a signature. Throws {@link AwsRefusal}, or {@link SignatureError} where the action needs one. */
export async function answerUnsignedSts(request: WireRequest, around: Surroundings): Promise<HttpAnswer> {
  const form = parseStsForm(request);
  if (!unsignedActions.includes(form.action)) throw new SignatureError('missing');
  return renderStsResult(form.action, await runUnsigned(form, request, around));
}

async function runSigned(
  form: StsForm,
  request: WireRequest,
  caller: Caller,
  around: Surroundings,
): Promise<readonly Xml[]> {
  switch (form.action) {
    case 'GetCallerIdentity':
      return getCallerIdentity(form, caller.session, around);
    case 'AssumeRole':
      return assumeRole(form, caller, around);
    case 'GetSessionToken':
      return getSessionToken(form, caller.session, around);
    case 'GetFederationToken':
      return getFederationToken(form, caller, around);
    case 'GetAccessKeyInfo':
      return getAccessKeyInfo(form, caller, around);
    case 'DecodeAuthorizationMessage':
      return decodeMessage(form, caller, around);
    default:
      if (unsignedActions.includes(form.action)) refuseDenied(form, caller, around);
      return runUnsigned(form, request, around);
  }
}

async function runUnsigned(form: StsForm, { headers }: WireRequest, around: Surroundings): Promise<readonly Xml[]> {
  switch (form.action) {
    case 'AssumeRoleWithWebIdentity':
      return assumeRoleWithWebIdentity(form, toRequestContext(headers, around.state, around.now()), around);
    case 'AssumeRoleWithSAML':
      return assumeRoleWithSaml(form, toRequestContext(headers, around.state, around.now()), around);
    default:
      throw refuseAction(form.action);
  }
}

/** A signature adds nothing to an action whose proof is in the form, but whoever signs is held to what is denied to them. */
function refuseDenied({ action, parameters }: StsForm, caller: Caller, { state }: Surroundings): void {
  const need = { action: `sts:${action}`, resource: parameters.get('RoleArn') ?? '*' };
  const decision = decide(caller, state, need);
  if (decision.outcome === 'explicitly-denied') throw deniedCaller(caller, need, decision);
}

/** Says of an action that is not served why not. */
function refuseAction(action: string): Error {
  if (notBuilt.includes(action)) return notImplemented(`the STS action ${action}`);
  return unknownAction(action);
}
