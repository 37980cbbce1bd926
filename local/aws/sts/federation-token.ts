// GetFederationToken: a session for somebody whom a user's own program knows, with at most what the user may do and no more than
// its session policies say; without those, nothing.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
import type { PolicyDocument } from '../../../core/iam/index.ts';
import type { LocalAccount } from '../../account.ts';
import type { Surroundings } from '../account-state.ts';
import type { Caller, ContextKeys } from '../authorise.ts';
import { element, parent, type Xml } from '../wire/xml.ts';
import { credentialsElement } from './answer.ts';
import { requirePermission, wrongCredentials } from './denial.ts';
import {
  nameCharacters,
  readDuration,
  readText,
  refuseUnknown,
  userSeconds,
  validationError,
  type StsForm,
} from './parameters.ts';
import { estimatePackedPercent, parsePolicies, toSessionPolicies } from './session-policies.ts';
import { parseTags, tagContext } from './session-tags.ts';

/** Answers GetFederationToken. Throws {@link AwsRefusal}. */
export function getFederationToken(
  { parameters }: StsForm,
  caller: Caller,
  { state, sessions, now }: Surroundings,
): readonly Xml[] {
  const user = caller.session.kind === 'user' ? state.user(caller.session.ownerArn) : undefined;
  if (user === undefined) throw wrongCredentials('GetFederationToken');
  refuseUnknown(parameters, ['Name', 'Policy', 'DurationSeconds'], ['PolicyArns', 'Tags']);
  const name = readText(parameters, 'Name', { min: 2, max: 32, pattern: nameCharacters });
  if (name === undefined) throw validationError('Name is required.');
  const durationSeconds = readDuration(parameters, userSeconds);
  const requested = parseTags(parameters);
  const policies = parsePolicies(parameters);

  const resource = `arn:${state.account.partition}:sts::${state.account.accountId}:federated-user/${name}`;
  const context: ContextKeys = tagContext(requested);
  requirePermission(caller, { action: 'sts:GetFederationToken', resource, context }, { state });
  if (Object.keys(requested.tags).length > 0) {
    const policy = delegation(state.account);
    requirePermission(caller, { action: 'sts:TagSession', resource, context, policy }, { state });
  }
  const packedPercent = estimatePackedPercent(policies, requested.tags);
  const session = sessions.issue(
    {
      kind: 'federated-user',
      user,
      sessionName: name,
      durationSeconds,
      // No session policy is no permission: an empty list limits to nothing, where an absent one would limit nothing.
      policies: toSessionPolicies(policies, state.account) ?? [],
      tags: requested.tags,
    },
    now(),
  );
  return [
    credentialsElement(session),
    parent('FederatedUser', [element('FederatedUserId', session.userId), element('Arn', session.sessionArn)]),
    element('PackedPolicySize', packedPercent),
  ];
}

/** Tagging a role's session is for its trust policy to allow; a federated user has none, and the user's own policies decide. */
function delegation({ accountId }: LocalAccount): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:TagSession', Resource: '*' }],
  };
}
