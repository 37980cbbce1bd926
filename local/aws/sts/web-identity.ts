// AssumeRoleWithWebIdentity: a token of one of the account's OpenID Connect providers for a session of a role that trusts it.
// Nobody signs the request; the token's signature and the role's trust policy are all there is.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
import type { LocalAccount, LocalOidcProvider } from '../../account.ts';
import type { Surroundings } from '../account-state.ts';
import type { ContextKeys, Need } from '../authorise.ts';
import { notImplemented } from '../refusal.ts';
import { element, type Xml } from '../wire/xml.ts';
import { assumedRoleElement, credentialsElement } from './answer.ts';
import { needsOfRole, readRoleArn, toSessionGrant } from './assume-role.ts';
import { toDenial, type StsDenial } from './denial.ts';
import { decideFederated, type FederatedPrincipal } from './federated-role.ts';
import {
  nameCharacters,
  readDuration,
  readText,
  refuseUnknown,
  roleSeconds,
  validationError,
  type StsForm,
} from './parameters.ts';
import { estimatePackedPercent, parsePolicies } from './session-policies.ts';
import { tagContext } from './session-tags.ts';
import { readWebIdentity, type WebIdentity } from './web-identity-token.ts';

const action = 'sts:AssumeRoleWithWebIdentity';
const names = ['RoleArn', 'RoleSessionName', 'WebIdentityToken', 'ProviderId', 'Policy', 'DurationSeconds'];

/** Answers AssumeRoleWithWebIdentity. `context` is what every request carries. Throws {@link AwsRefusal}. */
export async function assumeRoleWithWebIdentity(
  { parameters }: StsForm,
  context: ContextKeys,
  { state, sessions, now }: Surroundings,
): Promise<readonly Xml[]> {
  refuseUnknown(parameters, names, ['PolicyArns']);
  if (parameters.has('ProviderId')) throw notImplemented('ProviderId (OAuth 2.0 access tokens of Amazon and Facebook)');
  const roleArn = readRoleArn(parameters);
  const sessionName = readText(parameters, 'RoleSessionName', { min: 2, max: 64, pattern: nameCharacters });
  // Token files end in a line end, and SDKs send them as they are.
  const token = readText(parameters, 'WebIdentityToken', { min: 4, max: 20_000 })?.trim();
  if (sessionName === undefined || token === undefined) {
    throw validationError('RoleSessionName and WebIdentityToken are required.');
  }
  const durationSeconds = readDuration(parameters, roleSeconds);
  const policies = parsePolicies(parameters);
  const identity = await readWebIdentity(token, state.account.oidcProviders ?? [], now());

  const principals = toPrincipals(identity, state.account);
  const requestContext: ContextKeys = {
    ...context,
    'sts:RoleSessionName': sessionName,
    ...tagContext(identity.tags),
    ...(identity.sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': identity.sourceIdentity }),
  };
  const role = state.role(roleArn);
  if (role === undefined)
    throw denied(identity, principals[0]!, { action, resource: roleArn, context: requestContext });
  for (const need of needsOfRole(action, identity, role, requestContext)) {
    const { decision, principal } = decideFederated(principals, role, need);
    if (decision.outcome !== 'allowed') throw denied(identity, principal, need, decision);
  }
  const grant = toSessionGrant({ ...identity, ...policies, sessionName, durationSeconds }, role, state.account);
  const packedPercent = estimatePackedPercent(policies, identity.tags.tags);
  const session = sessions.issue({ ...grant, context: toSessionContext(identity, principals) }, now());
  return [
    element('SubjectFromWebIdentityToken', identity.subject),
    element('Audience', identity.audience),
    assumedRoleElement(session),
    credentialsElement(session),
    element('Provider', identity.provider.issuer),
    element('PackedPolicySize', packedPercent),
    element('SourceIdentity', session.sourceIdentity),
  ];
}

/** The provider under its own name and under those that it stands in for. */
function toPrincipals(identity: WebIdentity, { partition, accountId }: LocalAccount): readonly FederatedPrincipal[] {
  return hostPaths(identity.provider).map((hostPath) => ({
    providerArn: `arn:${partition}:iam::${accountId}:oidc-provider/${hostPath}`,
    context: {
      [`${hostPath}:aud`]: identity.audience,
      [`${hostPath}:oaud`]: identity.audiences,
      [`${hostPath}:sub`]: identity.subject,
      ...(identity.methods.length === 0 ? {} : { [`${hostPath}:amr`]: identity.methods }),
      ...(identity.email === undefined ? {} : { [`${hostPath}:email`]: identity.email }),
    },
  }));
}

/** What the session's own requests know of the token: not all of what the trust policy could ask. */
function toSessionContext(identity: WebIdentity, principals: readonly FederatedPrincipal[]): ContextKeys {
  const lasting = /:(?:aud|sub|amr)$/;
  const keys = principals.flatMap(({ context }) => Object.entries(context)).filter(([key]) => lasting.test(key));
  return { ...Object.fromEntries(keys), 'aws:FederatedProvider': principals[0]!.providerArn };
}

/** Issuers as they stand in ARNs and condition keys: without the scheme. */
function hostPaths({ issuer, standsFor = [] }: LocalOidcProvider): readonly string[] {
  return [...new Set([issuer, ...standsFor].map((one) => one.replace(/^https?:\/\//, '')))];
}

/** One text whatever the reason: an unknown role reads like one that does not trust the token. */
function denied(
  { subject }: WebIdentity,
  { providerArn, context }: FederatedPrincipal,
  need: Need,
  decision?: ReturnType<typeof decideFederated>['decision'],
): StsDenial {
  return toDenial(`Not authorized to perform ${need.action}`, {
    principal: { id: subject, arn: providerArn },
    need,
    context: { ...need.context, ...context },
    decision,
  });
}
