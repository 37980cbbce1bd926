// Local STS: who am I, and AssumeRole. A role that does not exist and a role that does not trust the caller get the same
// answer, so that nobody can list roles by trying. Every other action is refused.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
import { randomUUID } from 'node:crypto';
import type { Surroundings } from '../account-state.ts';
import { decide, denialSubject, toCaller, type Caller } from '../authorise.ts';
import { AwsRefusal, notImplemented, type HttpAnswer } from '../refusal.ts';
import { toRoleId, type Session } from '../sessions.ts';
import type { WireRequest } from '../wire/request.ts';
import type { VerifiedSignature } from '../wire/sigv4.ts';
import { element, parent, xmlDocument, type Xml } from '../wire/xml.ts';
import {
  estimatePackedPercent,
  needsOfAssumeRole,
  parseAssumeRole,
  toSessionGrant,
  type AssumeRole,
} from './assume-role.ts';
import { parseStsForm, refuseUnknown, unknownAction, type StsForm } from './parameters.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Actions that real STS has and local STS does not (yet). */
const notBuilt = [
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'AssumeRoot',
  'DecodeAuthorizationMessage',
  'GetAccessKeyInfo',
  'GetDelegatedAccessToken',
  'GetFederationToken',
  'GetSessionToken',
  'GetWebIdentityToken',
];

/** Actions that real STS takes unsigned. */
export const unsignedActions: readonly string[] = ['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'];

/** Answers one signed request. Throws {@link AwsRefusal}. */
export function answerSts(request: WireRequest, { session }: VerifiedSignature, around: Surroundings): HttpAnswer {
  const form = parseStsForm(request);
  switch (form.action) {
    case 'GetCallerIdentity':
      return answer(form.action, getCallerIdentity(form, session, around));
    case 'AssumeRole': {
      const caller = toCaller(session, request.headers, around.state, around.now());
      return answer(form.action, assumeRole(parseAssumeRole(form, session), caller, around));
    }
    default:
      return refuseAction(form.action);
  }
}

/** Refuses an action that is not served here. */
export function refuseAction(action: string): never {
  throw notBuilt.includes(action) ? notImplemented(`the STS action ${action}`) : unknownAction(action);
}

/** Needs no permission, as in AWS: not even an explicit deny stops it. */
function getCallerIdentity({ parameters }: StsForm, session: Session, { state }: Surroundings): readonly Xml[] {
  refuseUnknown(parameters, [], []);
  return [
    element('Arn', session.sessionArn),
    element('UserId', `${session.roleId}:${session.sessionName}`),
    element('Account', state.account.accountId),
  ];
}

function assumeRole(request: AssumeRole, caller: Caller, { state, sessions, now }: Surroundings): readonly Xml[] {
  const role = state.role(request.roleArn);
  if (role === undefined) throw denied(caller, request.roleArn, 'sts:AssumeRole');
  for (const need of needsOfAssumeRole(request, role)) {
    if (decide(caller, state, need).outcome !== 'allowed') throw denied(caller, request.roleArn, need.action);
  }
  const { sourceIdentity: inherited } = caller.session;
  // A source identity is set once and stands for the whole chain.
  if (inherited !== undefined && request.sourceIdentity !== inherited) {
    throw denied(caller, request.roleArn, 'sts:SetSourceIdentity');
  }
  const grant = toSessionGrant(request, role, state.account);
  const packedPercent = estimatePackedPercent(request);
  const session = sessions.issue(grant, now());
  return [
    parent('AssumedRoleUser', [
      element('AssumedRoleId', `${toRoleId(role.arn)}:${session.sessionName}`),
      element('Arn', session.sessionArn),
    ]),
    parent('Credentials', [
      element('AccessKeyId', session.accessKeyId),
      element('SecretAccessKey', session.secretAccessKey),
      element('SessionToken', session.sessionToken),
      element('Expiration', `${new Date(session.expiresAt).toISOString().slice(0, 19)}Z`),
    ]),
    element('PackedPolicySize', packedPercent),
    element('SourceIdentity', session.sourceIdentity),
  ];
}

/** One text whatever the reason: no policy is named, and an unknown role reads like a forbidden one. */
function denied(caller: Caller, roleArn: string, action: string): AwsRefusal {
  return new AwsRefusal('AccessDenied', 403, denialSubject(caller, { action, resource: roleArn }, ''));
}

function answer(action: string, result: readonly Xml[]): HttpAnswer {
  const requestId = randomUUID();
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: xmlDocument(
      parent(
        `${action}Response`,
        [parent(`${action}Result`, result), parent('ResponseMetadata', [element('RequestId', requestId)])],
        namespace,
      ),
    ),
  };
}

/** A refusal as STS writes it. */
export function renderStsRefusal({ code, status, message }: AwsRefusal): HttpAnswer {
  const requestId = randomUUID();
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: xmlDocument(
      parent(
        'ErrorResponse',
        [
          parent('Error', [
            element('Type', status < 500 ? 'Sender' : 'Receiver'),
            element('Code', code),
            element('Message', message),
          ]),
          element('RequestId', requestId),
        ],
        namespace,
      ),
    ),
  };
}
