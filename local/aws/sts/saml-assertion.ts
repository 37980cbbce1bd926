// A SAML response: signature, times and structure by node-saml, which loads when the first assertion comes; then the claims that STS
// uses, read from the signed part alone. XML signatures are never checked by code of ours.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
import type { Profile } from '@node-saml/node-saml';
import { isRecord } from '../../../core/iam/syntax.ts';
import type { LocalSamlProvider } from '../../account.ts';
import { AwsRefusal } from '../refusal.ts';
import { nameCharacters } from './parameters.ts';
import { checkSourceIdentity, checkTags, type RequestedTags } from './session-tags.ts';

/** What a verified assertion says. */
export interface SamlIdentity {
  readonly subject: string;
  /** `persistent`, `transient`, or the whole format where it is another. */
  readonly subjectType: string;
  /** The Recipient, which AWS calls the audience. */
  readonly recipient: string;
  /** Pairs of role and provider, as the assertion writes them. */
  readonly roles: readonly string[];
  readonly sessionName: string;
  readonly tags: RequestedTags;
  readonly sourceIdentity: string | undefined;
  /** SessionNotOnOrAfter, epoch milliseconds. */
  readonly endsAt: number | undefined;
}

const attributes = 'https://aws.amazon.com/SAML/Attributes/';
const tagAttribute = `${attributes}PrincipalTag:`;
const signInUrl = 'https://signin.aws.amazon.com/saml';
const shortFormats: Readonly<Record<string, string>> = {
  'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent': 'persistent',
  'urn:oasis:names:tc:SAML:2.0:nameid-format:transient': 'transient',
};
const audiences = [signInUrl, 'urn:amazon:webservices'];

/** Verifies and reads a response in base64. `now` in epoch milliseconds. Throws InvalidIdentityToken, ExpiredTokenException or
 * IDPRejectedClaim. */
export async function readSamlIdentity(
  untrustedResponse: string,
  provider: LocalSamlProvider,
  now: number,
): Promise<SamlIdentity> {
  const profile = await verify(untrustedResponse, provider);
  const assertion = soleChild(profile.getAssertion?.(), 'Assertion');
  if (profile.issuer !== provider.issuer) throw invalid('Issuer not present in specified provider');
  const restrictions = childrenOf(soleChild(assertion, 'Conditions'), 'AudienceRestriction');
  if (restrictions.length === 0 || !restrictions.every(admitsAws)) throw invalid('Invalid audience');
  const values = readAttributes(assertion);
  const [sessionName, ...more] = values.get(`${attributes}RoleSessionName`) ?? [];
  if (sessionName === undefined || more.length > 0) throw invalid('RoleSessionName is required in AuthnResponse');
  if (!/^.{2,64}$/.test(sessionName) || !nameCharacters.test(sessionName)) {
    throw invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
  }
  return {
    ...readSubject(assertion),
    recipient: readRecipient(assertion, now),
    roles: values.get(`${attributes}Role`) ?? [],
    sessionName,
    tags: readTags(values),
    sourceIdentity: readSourceIdentity(values),
    endsAt: readEnd(assertion),
  };
}

async function verify(untrustedResponse: string, { certificates, issuer }: LocalSamlProvider): Promise<Profile> {
  // A document type brings entities, which are text from outside the signed part, or a bomb.
  if (/<!DOCTYPE/i.test(Buffer.from(untrustedResponse, 'base64').toString('utf8')))
    throw invalid('The response has a document type.');
  // The default alone: a bundle of a CommonJS package has no named exports.
  const { default: nodeSaml } = await import('@node-saml/node-saml');
  const validator = new nodeSaml.SAML({
    idpCert: [...certificates],
    idpIssuer: issuer,
    issuer: 'urn:amazon:webservices',
    callbackUrl: signInUrl,
    // Two are right, and the option takes one: checked in readSamlIdentity.
    audience: false,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    // Nobody here asked for the response: a sign-in starts at the provider.
    validateInResponseTo: nodeSaml.ValidateInResponseTo.never,
    // By the real clock, whatever --clock-offset says: the option to pass a time does not exist.
    acceptedClockSkewMs: 0,
  });
  let profile: Profile | null;
  try {
    ({ profile } = await validator.validatePostResponseAsync({ SAMLResponse: untrustedResponse }));
  } catch (cause) {
    if (cause instanceof Error && /assertion expired/i.test(cause.message)) {
      throw expired();
    }
    throw invalid('Response signature invalid, or the response is no valid SAML response.');
  }
  // A provider that says "no" sends a response without a profile.
  if (profile === null) throw rejected('The identity provider reported that authentication failed.');
  return profile;
}

/** An absent restriction admits nobody here: it is required, so that an assertion for another service cannot be used. */
function admitsAws(restriction: Node): boolean {
  return childrenOf(restriction, 'Audience').some((one) => audiences.includes(textOf(one)));
}

function readSubject(assertion: Node): Pick<SamlIdentity, 'subject' | 'subjectType'> {
  const name = soleChild(soleChild(assertion, 'Subject'), 'NameID');
  const subject = textOf(name);
  if (subject === '') throw invalid('The assertion has no subject (NameID).');
  const format = attributeOf(name, 'Format') ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
  return { subject, subjectType: shortFormats[format] ?? format };
}

/** The Recipient of a bearer confirmation that has an end and is not over. node-saml looks at these times only for answers to requests
 * of its own; without an end an assertion could be used for ever. */
function readRecipient(assertion: Node, now: number): string {
  const confirmation = soleChild(soleChild(assertion, 'Subject'), 'SubjectConfirmation');
  if (attributeOf(confirmation, 'Method') !== 'urn:oasis:names:tc:SAML:2.0:cm:bearer') {
    throw invalid('The SubjectConfirmation is not of the method bearer.');
  }
  const data = soleChild(confirmation, 'SubjectConfirmationData');
  const end = Date.parse(attributeOf(data, 'NotOnOrAfter') ?? '');
  const start = attributeOf(data, 'NotBefore');
  if (Number.isNaN(end) || (start !== undefined && !(Date.parse(start) <= now))) {
    throw invalid('SubjectConfirmationData must have a NotOnOrAfter, and a NotBefore only in the past.');
  }
  if (end <= now) throw expired();
  const recipient = attributeOf(data, 'Recipient');
  if (recipient !== signInUrl) throw invalid('Invalid Recipient: it must be https://signin.aws.amazon.com/saml.');
  return recipient;
}

function readAttributes(assertion: Node): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const statement of childrenOf(assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, 'Attribute')) {
      const name = attributeOf(attribute, 'Name') ?? '';
      // The same attribute twice is two readings.
      if (found.has(name)) throw rejected('An attribute stands in the assertion twice.');
      found.set(name, childrenOf(attribute, 'AttributeValue').map(textOf));
    }
  }
  return found;
}

function readTags(values: ReadonlyMap<string, readonly string[]>): RequestedTags {
  const tags = [...values]
    .filter(([name]) => name.startsWith(tagAttribute))
    .map(([name, [value, ...more]]): [string, string] => {
      if (value === undefined || more.length > 0) throw rejected('A principal tag has not exactly one value.');
      return [name.slice(tagAttribute.length), value];
    });
  return checkAttribute(() => checkTags(tags, values.get(`${attributes}TransitiveTagKeys`) ?? []));
}

function readSourceIdentity(values: ReadonlyMap<string, readonly string[]>): string | undefined {
  const [value, ...more] = values.get(`${attributes}SourceIdentity`) ?? [];
  if (more.length > 0) throw rejected('SourceIdentity has several values.');
  return value === undefined ? undefined : checkAttribute(() => checkSourceIdentity(value));
}

function readEnd(assertion: Node): number | undefined {
  const ends = childrenOf(assertion, 'AuthnStatement').flatMap((one) => attributeOf(one, 'SessionNotOnOrAfter') ?? []);
  if (ends.length === 0) return undefined;
  const end = Math.min(...ends.map((text) => Date.parse(text)));
  if (Number.isNaN(end)) throw rejected('SessionNotOnOrAfter is no time.');
  return end;
}

function checkAttribute<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof AwsRefusal) throw rejected(cause.message);
    throw cause;
  }
}

/** An element as node-saml hands the verified assertion over: children in lists, attributes in `$`, text in `_` or by itself. */
type Node = unknown;

function childrenOf(node: Node, name: string): readonly Node[] {
  const children = isRecord(node) ? node[name] : undefined;
  return children === undefined ? [] : [children].flat();
}

function soleChild(node: Node, name: string): Node {
  const [child, ...more] = childrenOf(node, name);
  if (child === undefined || more.length > 0) throw invalid(`The assertion must have exactly one ${name}.`);
  return child;
}

function attributeOf(node: Node, name: string): string | undefined {
  const own = isRecord(node) && isRecord(node['$']) ? node['$'][name] : undefined;
  return typeof own === 'string' ? own : undefined;
}

function textOf(node: Node): string {
  const text = isRecord(node) ? node['_'] : node;
  return typeof text === 'string' ? text.trim() : '';
}

function expired(): AwsRefusal {
  return new AwsRefusal('ExpiredTokenException', 400, 'Token must be redeemed before its NotOnOrAfter.');
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal('InvalidIdentityToken', 400, message);
}

function rejected(message: string): AwsRefusal {
  return new AwsRefusal('IDPRejectedClaim', 403, message);
}
