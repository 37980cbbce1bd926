// Who asks in a load run: tenants and users with good tokens, and those whose tokens are bad in one way each. All of it is signed
// before the clock starts, so that signing is nobody's latency.
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { issuerNames, type ClientsInput, type IssuerName } from './messages.ts';

/** A user with a good token. */
export interface Person {
  readonly tenant: string;
  readonly subject: string;
  readonly token: string;
}

/** Everyone. */
export interface People {
  readonly first: readonly Person[];
  /** Of the issuer that is down at first. */
  readonly second: readonly Person[];
  readonly bad: Readonly<Record<BadToken, readonly string[]>>;
}

const badTokens = [
  'expired',
  'forged',
  'unsigned',
  'unknown key',
  'unknown issuer',
  'other audience',
  'odd tenant',
  'missing tenant',
  "another issuer's tenant",
  'not yet valid',
  'repeated claim',
] as const;
export type BadToken = (typeof badTokens)[number];

/** Tenants of each issuer; none is a prefix of a word that an answer may hold. */
export const tenantsOf: Readonly<Record<IssuerName, readonly string[]>> = {
  first: Array.from({ length: 30 }, (_, index) => `tenant-${index}-t`),
  second: Array.from({ length: 10 }, (_, index) => `tenant-${index + 30}-t`),
};
const usersPerTenant = 50;

/** Signs all tokens: one for each user, fifty of each bad kind. */
export function createPeople({ issuers, privateKeys }: ClientsInput): People {
  const keys = Object.fromEntries(issuerNames.map((name) => [name, createPrivateKey(privateKeys[name])]));
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const now = Math.floor(Date.now() / 1_000);
  const make = (name: IssuerName, claims: object, header: object = {}, key: KeyObject = keys[name]!): string =>
    signed(
      { alg: key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256', kid: name, typ: 'JWT', ...header },
      JSON.stringify({ iss: issuers[name], aud: 'tvm', iat: now - 5, exp: now + 7_200, ...claims }),
      key,
    );
  const personsOf = (name: IssuerName): readonly Person[] =>
    tenantsOf[name].flatMap((tenant) =>
      Array.from({ length: usersPerTenant }, (_, index) => {
        const subject = `user-${index}`;
        return { tenant, subject, token: make(name, { tenant, sub: subject }) };
      }),
    );
  const first = personsOf('first');
  const bad: Record<BadToken, (who: { tenant: string; sub: string }, index: number) => string> = {
    expired: (who) => make('first', { ...who, iat: now - 900, exp: now - 300 }),
    forged: (who) => make('first', who, { alg: 'ES256' }, stranger),
    unsigned: (who) => `${make('first', who, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    'unknown key': (who, index) => make('first', who, { kid: `rotated-${index}` }),
    'unknown issuer': (who) => make('first', { ...who, iss: 'https://idp.example.com' }),
    'other audience': (who) => make('first', { ...who, aud: 'other' }),
    'odd tenant': (who, index) =>
      make('first', { ...who, tenant: ['*', 'a/b', '..', '${aws:x}', '', ' a'][index % 6] }),
    'missing tenant': ({ sub }) => make('first', { sub }),
    "another issuer's tenant": ({ sub }, index) => make('first', { sub, tenant: tenantsOf.second[index % 10] }),
    'not yet valid': (who) => make('first', { ...who, nbf: now + 7_000 }),
    'repeated claim': (who) =>
      signed(
        { alg: 'RS256', kid: 'first' },
        `{"iss":"${issuers.first}","aud":"tvm","sub":"u","tenant":"${who.tenant}","tenant":"tenant-1-t","exp":${now + 7_200}}`,
        keys['first']!,
      ),
  };
  return {
    first,
    second: personsOf('second'),
    bad: Object.fromEntries(
      badTokens.map((kind) => [
        kind,
        Array.from({ length: 50 }, (_, index) => {
          const { tenant, subject } = first[(index * 31) % first.length]!;
          return bad[kind]({ tenant, sub: subject }, index);
        }),
      ]),
    ) as Record<BadToken, string[]>,
  };
}

function signed(header: object, payload: string, key: KeyObject): string {
  const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');
