// AssumeRole: the request as a value within STS's limits, the permissions it needs, and the session it makes. The value is
// parsed once; what is authorised is what the session gets.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import type { LocalAccount, LocalRole } from '../../account.ts';
import type { Surroundings } from '../account-state.ts';
import { decide, type Caller, type ContextKeys, type Need } from '../authorise.ts';
import { notImplemented } from '../refusal.ts';
import type { Session, SessionGrant } from '../sessions.ts';
import { element, type Xml } from '../wire/xml.ts';
import { assumedRoleElement, credentialsElement } from './answer.ts';
import { deniedCaller } from './denial.ts';
import {
  nameCharacters,
  readDuration,
  readList,
  readText,
  refuseUnknown,
  roleSeconds,
  validationError,
  type StsForm,
} from './parameters.ts';
import { estimatePackedPercent, parsePolicies, toSessionPolicies, type RequestedPolicies } from './session-policies.ts';
import { checkSourceIdentity, mergeTags, parseTags, tagContext, type RequestedTags } from './session-tags.ts';

/** A parsed AssumeRole. */
export interface AssumeRole extends RequestedPolicies {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly requested: RequestedTags;
  /** Inherited transitive tags and the requested ones. */
  readonly tags: RequestedTags;
  readonly externalId: string | undefined;
  /** The one asked for, else the inherited one. */
  readonly sourceIdentity: string | undefined;
}

const names = ['RoleArn', 'RoleSessionName', 'Policy', 'DurationSeconds', 'ExternalId', 'SourceIdentity'];
/** A role session that assumes a role gets one hour at most.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const maxChainedSeconds = 3600;

/** Answers AssumeRole. Throws {@link AwsRefusal}. */
export function assumeRole(form: StsForm, caller: Caller, { state, sessions, now }: Surroundings): readonly Xml[] {
  const request = parseAssumeRole(form, caller.session);
  const role = state.role(request.roleArn);
  const first = { action: 'sts:AssumeRole', resource: request.roleArn };
  // GetSessionToken's users may assume roles; federated users may do nothing here, whatever a policy says.
  if (role === undefined || caller.session.kind === 'federated-user') throw deniedCaller(caller, first, undefined);
  for (const need of needsOfAssumeRole(request, role)) {
    const decision = decide(caller, state, need);
    if (decision.outcome !== 'allowed') throw deniedCaller(caller, need, decision);
  }
  const { sourceIdentity: inherited } = caller.session;
  // A source identity is set once and stands for the whole chain.
  if (inherited !== undefined && request.sourceIdentity !== inherited) {
    throw deniedCaller(caller, { ...first, action: 'sts:SetSourceIdentity' }, undefined);
  }
  const grant = toSessionGrant(request, role, state.account);
  const packedPercent = estimatePackedPercent(request, request.tags.tags);
  const session = sessions.issue(grant, now());
  return [
    assumedRoleElement(session),
    credentialsElement(session),
    element('PackedPolicySize', packedPercent),
    element('SourceIdentity', session.sourceIdentity),
  ];
}

/** Parses the form. Throws ValidationError, MalformedPolicyDocument or NotImplemented. */
function parseAssumeRole({ parameters }: StsForm, caller: Session): AssumeRole {
  for (const name of ['SerialNumber', 'TokenCode']) {
    if (parameters.has(name)) throw notImplemented(`${name} (MFA) of AssumeRole`);
  }
  refuseUnknown(parameters, names, ['Tags', 'TransitiveTagKeys', 'PolicyArns', 'ProvidedContexts']);
  if (readList(parameters, 'ProvidedContexts', ['ProviderArn', 'ContextAssertion']).length > 0) {
    throw notImplemented('ProvidedContexts');
  }
  const roleArn = readRoleArn(parameters);
  const sessionName = readText(parameters, 'RoleSessionName', { min: 2, max: 64, pattern: nameCharacters });
  if (sessionName === undefined) throw validationError('RoleSessionName is required.');
  const requested = parseTags(parameters);
  const sourceIdentity = parameters.get('SourceIdentity');
  return {
    roleArn,
    sessionName,
    durationSeconds: parseDuration(parameters, caller),
    ...parsePolicies(parameters),
    requested,
    tags: mergeTags(caller, requested),
    externalId: readText(parameters, 'ExternalId', { min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/ }),
    sourceIdentity: sourceIdentity === undefined ? caller.sourceIdentity : checkSourceIdentity(sourceIdentity),
  };
}

/** `RoleArn`. Throws ValidationError. */
export function readRoleArn(parameters: StsForm['parameters']): string {
  const roleArn = readText(parameters, 'RoleArn', { min: 20, max: 2048, pattern: /^[\x21-\x7e]+$/ });
  if (roleArn === undefined) throw validationError('RoleArn is required.');
  return roleArn;
}

/** What an AssumeRole needs, each decided with the role's trust policy. Inherited tags and an inherited source identity
 * need their permission again, as in AWS. */
function needsOfAssumeRole(request: AssumeRole, role: LocalRole): readonly Need[] {
  const { externalId, sourceIdentity } = request;
  const context: ContextKeys = {
    'sts:RoleSessionName': request.sessionName,
    ...tagContext(request.requested),
    ...(externalId === undefined ? {} : { 'sts:ExternalId': externalId }),
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
  };
  return needsOfRole('sts:AssumeRole', { tags: request.tags, sourceIdentity }, role, context);
}

/** The action itself, and the permissions for tags and a source identity that come with it. */
export function needsOfRole(
  action: string,
  brought: { readonly tags: RequestedTags; readonly sourceIdentity: string | undefined },
  role: LocalRole,
  context: ContextKeys,
): readonly Need[] {
  const actions = [
    action,
    ...(Object.keys(brought.tags.tags).length === 0 ? [] : ['sts:TagSession']),
    ...(brought.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.map((one) => ({ action: one, resource: role.arn, context, policy: role.trust }));
}

/** What every way into a role decides about the session. */
export interface RoleRequest extends RequestedPolicies {
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly tags: RequestedTags;
  readonly sourceIdentity: string | undefined;
}

/** The session to issue, once authorised. Throws what depends on the role: its maximum duration. */
export function toSessionGrant(request: RoleRequest, role: LocalRole, account: LocalAccount): SessionGrant {
  if (request.durationSeconds > role.maxSessionSeconds) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  const policies = toSessionPolicies(request, account);
  return {
    kind: 'assumed-role',
    role,
    sessionName: request.sessionName,
    durationSeconds: request.durationSeconds,
    ...(policies === undefined ? {} : { policies }),
    ...request.tags,
    ...(request.sourceIdentity === undefined ? {} : { sourceIdentity: request.sourceIdentity }),
  };
}

function parseDuration(parameters: StsForm['parameters'], { kind }: Session): number {
  const seconds = readDuration(parameters, roleSeconds);
  if (kind === 'assumed-role' && seconds > maxChainedSeconds) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return seconds;
}
