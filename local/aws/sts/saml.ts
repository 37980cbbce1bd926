// AssumeRoleWithSAML: a signed assertion of one of the account's SAML providers for a session of a role that trusts it and that the
// assertion names. Nobody signs the request.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
import { createHash } from 'node:crypto';
import type { Surroundings } from '../account-state.ts';
import type { ContextKeys, Need } from '../authorise.ts';
import { AwsRefusal } from '../refusal.ts';
import { element, type Xml } from '../wire/xml.ts';
import { assumedRoleElement, credentialsElement } from './answer.ts';
import { needsOfRole, readRoleArn, toSessionGrant } from './assume-role.ts';
import { toDenial } from './denial.ts';
import { decideFederated, type FederatedPrincipal } from './federated-role.ts';
import { readDuration, readText, refuseUnknown, roleSeconds, validationError, type StsForm } from './parameters.ts';
import { readSamlIdentity, type SamlIdentity } from './saml-assertion.ts';
import { estimatePackedPercent, parsePolicies } from './session-policies.ts';
import { tagContext } from './session-tags.ts';

const action = 'sts:AssumeRoleWithSAML';
const names = ['RoleArn', 'PrincipalArn', 'SAMLAssertion', 'Policy', 'DurationSeconds'];

/** Answers AssumeRoleWithSAML. `context` is what every request carries. Throws {@link AwsRefusal}. */
export async function assumeRoleWithSaml(
  { parameters }: StsForm,
  context: ContextKeys,
  { state, sessions, now }: Surroundings,
): Promise<readonly Xml[]> {
  refuseUnknown(parameters, names, ['PolicyArns']);
  const roleArn = readRoleArn(parameters);
  const providerArn = readText(parameters, 'PrincipalArn', { min: 20, max: 2048 });
  const response = readText(parameters, 'SAMLAssertion', { min: 4, max: 100_000, pattern: /^[A-Za-z0-9+/=\s]+$/ });
  if (providerArn === undefined || response === undefined) {
    throw validationError('PrincipalArn and SAMLAssertion are required.');
  }
  const asked = readDuration(parameters, roleSeconds);
  const policies = parsePolicies(parameters);
  const { partition, accountId, samlProviders = [] } = state.account;
  const prefix = `arn:${partition}:iam::${accountId}:saml-provider/`;
  const provider = samlProviders.find(({ name }) => `${prefix}${name}` === providerArn);
  if (provider === undefined) throw new AwsRefusal('InvalidIdentityToken', 400, "Specified provider doesn't exist");
  const identity = await readSamlIdentity(response, provider, now());

  const qualified = `${provider.issuer}${accountId}/${provider.name}`;
  const nameQualifier = createHash('sha1').update(qualified).digest('base64');
  const principal = toPrincipal(identity, {
    providerArn,
    issuer: provider.issuer,
    doc: `${accountId}/${provider.name}`,
    nameQualifier,
  });
  const requestContext: ContextKeys = {
    ...context,
    'sts:RoleSessionName': identity.sessionName,
    ...tagContext(identity.tags),
    ...(identity.sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': identity.sourceIdentity }),
  };
  const role = state.role(roleArn);
  const first: Need = { action, resource: roleArn, context: requestContext };
  // The provider says which roles its subject may have; the role says whether it listens.
  if (role === undefined || !namesRole(identity, roleArn, providerArn)) throw denied(identity, principal, first);
  for (const need of needsOfRole(action, identity, role, requestContext)) {
    const { decision } = decideFederated([principal], role, need);
    if (decision.outcome !== 'allowed') throw denied(identity, principal, need, decision);
  }
  const grant = toSessionGrant({ ...identity, ...policies, durationSeconds: asked }, role, state.account);
  const packedPercent = estimatePackedPercent(policies, identity.tags.tags);
  const durationSeconds = Math.min(asked, Math.floor(((identity.endsAt ?? Infinity) - now()) / 1000));
  if (durationSeconds <= 0) {
    throw new AwsRefusal('ExpiredTokenException', 400, 'The session of the assertion is over (SessionNotOnOrAfter).');
  }
  const session = sessions.issue({ ...grant, durationSeconds, context: toSessionContext(principal) }, now());
  return [
    element('Issuer', provider.issuer),
    assumedRoleElement(session),
    credentialsElement(session),
    element('Audience', identity.recipient),
    element('SubjectType', identity.subjectType),
    element('PackedPolicySize', packedPercent),
    element('NameQualifier', nameQualifier),
    element('Subject', identity.subject),
    element('SourceIdentity', session.sourceIdentity),
  ];
}

/** A Role value is a role and a provider with a comma between, in either order. */
function namesRole({ roles }: SamlIdentity, roleArn: string, providerArn: string): boolean {
  return roles.some((pair) => {
    const parts = pair.split(',').map((part) => part.trim());
    return parts.length === 2 && parts.includes(roleArn) && parts.includes(providerArn);
  });
}

/** The provider as principal, with the keys that trust policies ask for. */
function toPrincipal(
  { subject, subjectType, recipient }: SamlIdentity,
  known: {
    readonly providerArn: string;
    readonly issuer: string;
    readonly doc: string;
    readonly nameQualifier: string;
  },
): FederatedPrincipal {
  return {
    providerArn: known.providerArn,
    context: {
      'SAML:aud': recipient,
      'SAML:iss': known.issuer,
      'SAML:sub': subject,
      'SAML:sub_type': subjectType,
      'SAML:namequalifier': known.nameQualifier,
      'SAML:doc': known.doc,
    },
  };
}

/** What the session's own requests know of the assertion: who its subject is. */
function toSessionContext({ providerArn, context }: FederatedPrincipal): ContextKeys {
  const lasting = Object.entries(context).filter(([key]) => /^SAML:(?:sub|sub_type|namequalifier)$/.test(key));
  return { ...Object.fromEntries(lasting), 'aws:FederatedProvider': providerArn };
}

/** One text whatever the reason: an unknown role reads like one that the assertion does not name. */
function denied(
  { subject }: SamlIdentity,
  { providerArn, context }: FederatedPrincipal,
  need: Need,
  decision?: ReturnType<typeof decideFederated>['decision'],
) {
  return toDenial(`Not authorized to perform ${need.action}`, {
    principal: { id: subject, arn: providerArn },
    need,
    context: { ...need.context, ...context },
    decision,
  });
}
