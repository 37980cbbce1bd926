// AssumeRole: the request as a value within STS's limits, the permissions it needs, and the session it makes. The value is
// parsed once; what is authorised is what the session gets.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import { deflateRawSync } from 'node:zlib';
import type { PolicyDocument } from '../../../core/iam/index.ts';
import { parsePolicy } from '../../../core/iam/policy.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import type { LocalAccount, LocalRole } from '../../account.ts';
import type { ContextKeys, Need } from '../authorise.ts';
import { AwsRefusal, notImplemented } from '../refusal.ts';
import type { Session, SessionGrant } from '../sessions.ts';
import { readList, readText, refuseUnknown, validationError, type StsForm } from './parameters.ts';
import { mergeTags, parseTags, type RequestedTags } from './session-tags.ts';

/** A parsed AssumeRole. */
export interface AssumeRole {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly policy: { readonly document: PolicyDocument; readonly text: string } | undefined;
  /** Session policies by reference; they unite with the inline one. */
  readonly policyArns: readonly string[];
  readonly requested: RequestedTags;
  /** Inherited transitive tags and the requested ones. */
  readonly tags: RequestedTags;
  readonly externalId: string | undefined;
  /** The one asked for, else the inherited one. */
  readonly sourceIdentity: string | undefined;
}

const names = ['RoleArn', 'RoleSessionName', 'Policy', 'DurationSeconds', 'ExternalId', 'SourceIdentity'];
const identityCharacters = /^[\w+=,.@-]*$/;
const maxPolicyCharacters = 2048;
const maxPolicyArns = 10;
const defaultSeconds = 3600;
/** A role session that assumes a role gets one hour at most, and everybody here is a role session.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const maxChainedSeconds = 3600;
const packedBytes = 1024;

/** Parses the form. Throws ValidationError, MalformedPolicyDocument or NotImplemented. */
export function parseAssumeRole({ parameters }: StsForm, caller: Session): AssumeRole {
  for (const name of ['SerialNumber', 'TokenCode']) {
    if (parameters.has(name)) throw notImplemented(`${name} (MFA)`);
  }
  refuseUnknown(parameters, names, ['Tags', 'TransitiveTagKeys', 'PolicyArns', 'ProvidedContexts']);
  if (readList(parameters, 'ProvidedContexts', ['ProviderArn', 'ContextAssertion']).length > 0) {
    throw notImplemented('ProvidedContexts');
  }
  const roleArn = readText(parameters, 'RoleArn', { min: 20, max: 2048, pattern: /^[\x21-\x7e]+$/ });
  const sessionName = readText(parameters, 'RoleSessionName', { min: 2, max: 64, pattern: identityCharacters });
  if (roleArn === undefined || sessionName === undefined) {
    throw validationError('RoleArn and RoleSessionName are required.');
  }
  const requested = parseTags(parameters);
  return {
    roleArn,
    sessionName,
    durationSeconds: parseDuration(parameters),
    ...parsePolicies(parameters),
    requested,
    tags: mergeTags(caller, requested),
    externalId: readText(parameters, 'ExternalId', { min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/ }),
    sourceIdentity: parseSourceIdentity(parameters) ?? caller.sourceIdentity,
  };
}

/** What an AssumeRole needs, each decided with the role's trust policy. Inherited tags and an inherited source identity
 * need their permission again, as in AWS. */
export function needsOfAssumeRole(request: AssumeRole, role: LocalRole): readonly Need[] {
  const { requested, externalId } = request;
  const tagKeys = Object.keys(requested.tags);
  const tags = Object.entries(requested.tags).map(([key, value]): [string, string] => [`aws:RequestTag/${key}`, value]);
  const context: ContextKeys = {
    'sts:RoleSessionName': request.sessionName,
    ...Object.fromEntries(tags),
    ...(tagKeys.length === 0 ? {} : { 'aws:TagKeys': tagKeys }),
    ...(requested.transitiveTagKeys.length === 0 ? {} : { 'sts:TransitiveTagKeys': requested.transitiveTagKeys }),
    ...(externalId === undefined ? {} : { 'sts:ExternalId': externalId }),
    ...(request.sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': request.sourceIdentity }),
  };
  const actions = [
    'sts:AssumeRole',
    ...(Object.keys(request.tags.tags).length === 0 ? [] : ['sts:TagSession']),
    ...(request.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.map((action) => ({ action, resource: role.arn, context, policy: role.trust }));
}

/** The session to issue, once authorised. Throws what depends on the role: its maximum duration. */
export function toSessionGrant(request: AssumeRole, role: LocalRole, account: LocalAccount): SessionGrant {
  if (request.durationSeconds > role.maxSessionSeconds) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return {
    role,
    sessionName: request.sessionName,
    durationSeconds: request.durationSeconds,
    ...sessionPolicies(request, account),
    ...request.tags,
    ...(request.sourceIdentity === undefined ? {} : { sourceIdentity: request.sourceIdentity }),
  };
}

/** All session policies, inline and by reference. None at all leaves the session the whole role. */
function sessionPolicies({ policy, policyArns }: AssumeRole, account: LocalAccount): Pick<SessionGrant, 'policies'> {
  if (policy === undefined && policyArns.length === 0) return {};
  const managed = policyArns.map((arn) => {
    const document = account.managedPolicies?.[arn];
    // A session policy that is not there would leave the session wider than its sender meant.
    if (document === undefined) throw validationError(`The policy ${arn} is not in the local account.`);
    return document;
  });
  return { policies: [...(policy === undefined ? [] : [policy.document]), ...managed] };
}

/** An estimate of how full the session's packed policy is, in percent; undefined where there is nothing to pack. STS does
 * not publish its packing, so only "far too large" can be told apart from "fits". Throws PackedPolicyTooLarge. */
export function estimatePackedPercent({ policy, tags }: AssumeRole): number | undefined {
  const entries = Object.entries(tags.tags);
  if (policy === undefined && entries.length === 0) return undefined;
  const tagText = entries.map(([key, value]) => `${key}=${value}`).join('\n');
  const bytes = (policy === undefined ? 0 : deflateRawSync(policy.text).length) + Buffer.byteLength(tagText);
  const percent = Math.ceil((bytes / packedBytes) * 100);
  if (percent <= 100) return percent;
  throw new AwsRefusal(
    'PackedPolicyTooLarge',
    400,
    `Packed size of session policies and tags consumes ${percent}% of allotted space (an estimate).`,
  );
}

function parseDuration(parameters: StsForm['parameters']): number {
  const text = parameters.get('DurationSeconds');
  if (text === undefined) return defaultSeconds;
  const seconds = /^[0-9]{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= 900 && seconds <= 43_200)) throw validationError('DurationSeconds must be from 900 to 43200.');
  if (seconds > maxChainedSeconds) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return seconds;
}

function parseSourceIdentity(parameters: StsForm['parameters']): string | undefined {
  const value = readText(parameters, 'SourceIdentity', { min: 2, max: 64, pattern: identityCharacters });
  if (value?.toLowerCase().startsWith('aws:') === true)
    throw validationError('SourceIdentity must not start with aws:.');
  return value;
}

function parsePolicies(parameters: StsForm['parameters']): Pick<AssumeRole, 'policy' | 'policyArns'> {
  const policy = parseSessionPolicy(parameters);
  const policyArns = readList(parameters, 'PolicyArns', ['arn']).map((member) => member.get('arn') ?? '');
  if (policyArns.length > maxPolicyArns || new Set(policyArns).size !== policyArns.length) {
    throw validationError('PolicyArns takes at most 10 different policies.');
  }
  // STS counts the text and the ARNs together.
  if (policyArns.reduce((sum, arn) => sum + arn.length, policy?.text.length ?? 0) > maxPolicyCharacters) {
    throw validationError('Policy and PolicyArns together are longer than 2048 characters.');
  }
  return { policy, policyArns };
}

function parseSessionPolicy(parameters: StsForm['parameters']): AssumeRole['policy'] {
  const text = readText(parameters, 'Policy', {
    min: 1,
    max: maxPolicyCharacters,
    pattern: /^[\t\n\r\u0020-\u00ff]+$/,
  });
  if (text === undefined) return undefined;
  try {
    const document = JSON.parse(text) as PolicyDocument;
    parsePolicy(document, 'identity');
    return { document, text };
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof PolicySyntaxError)) throw cause;
    throw new AwsRefusal('MalformedPolicyDocument', 400, `The policy is not a valid session policy: ${cause.message}`);
  }
}
