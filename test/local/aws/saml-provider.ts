// A SAML identity provider for the tests of local STS: its key, its entry in the account, and responses as good or bad as asked for.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { LocalSamlProvider } from '../../../local/account.ts';
import { accountId } from './account-fixture.ts';

export const samlIssuer = 'https://sso.example/saml';
export const signInUrl = 'https://signin.aws.amazon.com/saml';
export const samlProviderArn = `arn:aws:iam::${accountId}:saml-provider/corp`;
export const attribute = (name: string): string => `https://aws.amazon.com/SAML/Attributes/${name}`;

/** What a response says where it differs from a good one. */
export interface SamlClaims {
  readonly issuer?: string;
  readonly subject?: string;
  readonly audience?: string;
  readonly recipient?: string;
  readonly method?: string;
  /** Seconds from now. */
  readonly endsIn?: number;
  readonly startsIn?: number;
  readonly confirmationEndsIn?: number;
  readonly sessionEndsIn?: number;
  /** By attribute name; undefined takes one away. */
  readonly attributes?: Readonly<Record<string, readonly string[] | undefined>>;
  /** XML put into the assertion before it is signed, and changes to the whole after. */
  readonly inside?: string;
  readonly tamper?: (xml: string) => string;
  readonly sign?: 'assertion' | 'response' | 'none' | 'foreign';
}

/** A provider and whoever signs in its name. */
export interface TestSamlProvider {
  readonly entry: LocalSamlProvider;
  /** A response in base64. */
  readonly respond: (roleArn: string, claims?: SamlClaims) => string;
}

/** A provider with fresh keys. */
export function createTestSamlProvider(): TestSamlProvider {
  const [own, foreign] = [0, 1].map(() =>
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }),
  ) as [{ publicKey: string; privateKey: string }, { publicKey: string; privateKey: string }];
  return {
    entry: { name: 'corp', issuer: samlIssuer, certificates: [own.publicKey] },
    respond: (roleArn, claims = {}) => {
      const { sign = 'assertion', tamper = (xml: string) => xml } = claims;
      const xml = writeResponse(roleArn, claims);
      const key = sign === 'foreign' ? foreign.privateKey : own.privateKey;
      const signed = sign === 'none' ? xml : signElement(xml, sign === 'response' ? 'Response' : 'Assertion', key);
      return Buffer.from(tamper(signed)).toString('base64');
    },
  };
}

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

function writeResponse(roleArn: string, claims: SamlClaims): string {
  const {
    issuer = samlIssuer,
    subject = '_1a2b3c4d',
    audience = 'urn:amazon:webservices',
    recipient = signInUrl,
  } = claims;
  const { method = 'urn:oasis:names:tc:SAML:2.0:cm:bearer', endsIn = 300, startsIn = -60, inside = '' } = claims;
  const { confirmationEndsIn = 300, sessionEndsIn } = claims;
  const attributes: Readonly<Record<string, readonly string[] | undefined>> = {
    [attribute('Role')]: [`${roleArn},${samlProviderArn}`],
    [attribute('RoleSessionName')]: ['alice@example.com'],
    ...claims.attributes,
  };
  const statements = Object.entries(attributes).map(([name, values]) =>
    values === undefined
      ? ''
      : `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  const sessionEnd = sessionEndsIn === undefined ? '' : ` SessionNotOnOrAfter="${at(sessionEndsIn)}"`;
  return [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r${randomUUID()}" Version="2.0" IssueInstant="${at(0)}" Destination="${signInUrl}">`,
    `<saml:Issuer>${issuer}</saml:Issuer>`,
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
    `<saml:Assertion ID="_a${randomUUID()}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${issuer}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${subject}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="${method}"><saml:SubjectConfirmationData NotOnOrAfter="${at(confirmationEndsIn)}" Recipient="${recipient}"/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${at(startsIn)}" NotOnOrAfter="${at(endsIn)}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${at(0)}"${sessionEnd}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    `<saml:AttributeStatement>${statements.join('')}</saml:AttributeStatement>${inside}</saml:Assertion></samlp:Response>`,
  ].join('');
}

function signElement(xml: string, name: 'Assertion' | 'Response', privateKey: string): string {
  const xpath = `//*[local-name(.)='${name}']`;
  const signer = new SignedXml({
    privateKey,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  });
  signer.addReference({
    xpath,
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
  });
  signer.computeSignature(xml, { location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' } });
  return signer.getSignedXml();
}
