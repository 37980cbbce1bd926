// Session policies of a request, inline and by reference: syntax, STS's limits, and what they become in the session. Never
// widens anything: a policy that is not there is refused, because its absence would leave the session wider than meant.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
import { deflateRawSync } from 'node:zlib';
import type { PolicyDocument } from '../../../core/iam/index.ts';
import { parsePolicy } from '../../../core/iam/policy.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import type { LocalAccount } from '../../account.ts';
import { AwsRefusal } from '../refusal.ts';
import { readList, readText, validationError, type StsForm } from './parameters.ts';

/** The session policies that a request asks for. */
export interface RequestedPolicies {
  readonly policy: { readonly document: PolicyDocument; readonly text: string } | undefined;
  /** Session policies by reference; they unite with the inline one. */
  readonly policyArns: readonly string[];
}

const maxPolicyCharacters = 2048;
const maxPolicyArns = 10;
const packedBytes = 1024;

/** Parses `Policy` and `PolicyArns`. Throws ValidationError or MalformedPolicyDocument. */
export function parsePolicies(parameters: StsForm['parameters']): RequestedPolicies {
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

/** All session policies of the new session; undefined where the request has none. Throws ValidationError. */
export function toSessionPolicies(
  { policy, policyArns }: RequestedPolicies,
  account: LocalAccount,
): readonly PolicyDocument[] | undefined {
  if (policy === undefined && policyArns.length === 0) return undefined;
  const managed = policyArns.map((arn) => {
    const document = account.managedPolicies?.[arn];
    // A session policy that is not there would leave the session wider than its sender meant.
    if (document === undefined) throw validationError(`The policy ${arn} is not in the local account.`);
    return document;
  });
  return [...(policy === undefined ? [] : [policy.document]), ...managed];
}

/** An estimate of how full the session's packed policy is, in percent; undefined where there is nothing to pack. STS does
 * not publish its packing, so only "far too large" can be told apart from "fits". Throws PackedPolicyTooLarge. */
export function estimatePackedPercent(
  { policy }: RequestedPolicies,
  tags: Readonly<Record<string, string>>,
): number | undefined {
  const entries = Object.entries(tags);
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

function parseSessionPolicy(parameters: StsForm['parameters']): RequestedPolicies['policy'] {
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
