// The token before it is trusted, the tenant id in it, and the keys it is verified with.
import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { isRecord } from '../../../core/iam/syntax.ts';
import { isTenantId, parseTenantId } from '../../../core/tenant.ts';
import { decodeToken } from '../../../core/token.ts';
import type { TenantIdGrammar } from '../../../core/vending-config.ts';
import { importKeys } from '../../../lambda/signing-keys.ts';
import { accepted, holdCodes, jsonOf, promise, promiseEqual, refused, textOf, type Target } from '../target.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');

const headers = fc.oneof(
  fc.constant('{"alg":"RS256","kid":"k1"}'),
  fc
    .record(
      {
        alg: fc.constantFrom('RS256', 'none', 'HS256', '', 1),
        kid: fc.oneof(fc.constantFrom('k1', '', null), fc.string({ maxLength: 300 })),
        typ: fc.constantFrom('JWT', 'at+jwt', 'logout+jwt', 'application/at+jwt', null),
        crit: fc.constant(['b64']),
        b64: fc.constant(false),
      },
      { requiredKeys: ['alg', 'kid'] },
    )
    .map((header) => JSON.stringify(header)),
);
const claims = fc.oneof(
  fc.constantFrom(
    '{"iss":"https://idp.example/","sub":"alice"}',
    '{"sub":"a","sub":"b"}',
    '{"__proto__":{}}',
    '[]',
    '1',
  ),
  fc.object({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
);

const token: Target = {
  name: 'token',
  words: [
    '.',
    '=',
    '-',
    '_',
    '+',
    '/',
    'eyJ',
    encode('{"alg":"RS256","kid":"k1"}'),
    encode('{}'),
    encode('{"crit":[]}'),
    'A',
  ],
  maxLength: 9000,
  structured: fc
    .tuple(headers, claims, fc.constantFrom('c2ln', 'AA', 'AB', '', 'c2ln='))
    .map(([header, body, signature]) => `${encode(header)}.${encode(body)}.${signature}`),
  check: (input) => {
    // Headers reach us as text of single bytes.
    const text = Buffer.from(input).toString('latin1');
    return holdCodes(
      () => decodeToken(text),
      ['token-invalid'],
      ({ algorithm, keyId, claims: read }) => {
        promise(text.length <= 8192, 'accepts over 8 KiB');
        const segments = text.split('.');
        promise(segments.length === 3, 'accepts another number of segments');
        const bytes = segments.map((segment) => Buffer.from(segment, 'base64url').toString('base64url'));
        promiseEqual(bytes, segments, 'accepts a second spelling of the same bytes');
        const header = JSON.parse(decode(segments[0]!)) as Record<string, unknown>;
        promise(header['alg'] === algorithm && header['kid'] === keyId, 'reads another header than JSON.parse');
        promise(keyId.length > 0 && keyId.length <= 256, 'accepts a kid out of bounds');
        promise(!('crit' in header) && !('b64' in header), 'accepts an extension');
        promiseEqual(read, JSON.parse(decode(segments[1]!)), 'reads other claims than JSON.parse');
        promise(encode(decode(segments[1]!)) === segments[1], 'accepts what is not UTF-8');
        return undefined;
      },
    );
  },
};

const inRange = (code: number, first: string, last: string): boolean =>
  code >= first.charCodeAt(0) && code <= last.charCodeAt(0);
const isAlphanumeric = (code: number): boolean =>
  inRange(code, '0', '9') || inRange(code, 'A', 'Z') || inRange(code, 'a', 'z');

/** The grammar of section 1.1 of the contract, by character codes. */
function obeys(text: string, { pattern, minLength, maxLength }: TenantIdGrammar): boolean {
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  if (text.length < minLength || text.length > maxLength || text.length === 0) return false;
  if (pattern === 'uuid') {
    const isHex = (code: number): boolean =>
      inRange(code, '0', '9') || inRange(code, 'A', 'F') || inRange(code, 'a', 'f');
    return codes.length === 36 && codes.every((code, at) => ([8, 13, 18, 23].includes(at) ? code === 45 : isHex(code)));
  }
  if (pattern === 'ulid')
    return (
      codes.length === 26 &&
      codes.every(
        (code) => isAlphanumeric(code) && !inRange(code, 'a', 'z') && !'ILOU'.includes(String.fromCharCode(code)),
      )
    );
  const further =
    pattern === 'default' ? '_.-' : [...pattern.characters].filter((one) => '_.+=-'.includes(one)).join('');
  const letters = pattern === 'default' ? undefined : pattern.characters;
  const isAllowed = (code: number): boolean => {
    const character = String.fromCharCode(code);
    return isAlphanumeric(code) ? (letters?.includes(character) ?? true) : further.includes(character);
  };
  return (
    codes.every(isAllowed) &&
    isAlphanumeric(codes[0]!) &&
    isAlphanumeric(codes.at(-1)!) &&
    codes.every((code, at) => code !== 46 || codes[at + 1] !== 46)
  );
}

const grammars: readonly TenantIdGrammar[] = [
  { pattern: 'default', minLength: 1, maxLength: 63 },
  { pattern: 'uuid', minLength: 1, maxLength: 63 },
  { pattern: 'ulid', minLength: 1, maxLength: 63 },
  { pattern: { characters: 'abc0+=.' }, minLength: 2, maxLength: 8 },
  // One that no configuration may hold: the alphabet must hold against it as well.
  { pattern: { characters: 'ab/*{}$ ' }, minLength: 1, maxLength: 63 },
];

const tenantId: Target = {
  name: 'tenant-id',
  words: [
    '..',
    '.',
    '-',
    '*',
    '/',
    '${aws:username}',
    '\u0430cme',
    '%2e',
    '\r\n',
    'acme',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  ],
  maxLength: 200,
  structured: fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]$/),
    fc.uuid(),
    fc.uuid().map((text) => text.toUpperCase()),
    fc.ulid(),
    fc.stringMatching(/^[abc0+=.]{1,9}$/),
  ),
  check: (input) => {
    const text = textOf(input) ?? Buffer.from(input).toString('latin1');
    const verdicts = grammars.map((grammar) => {
      const verdict = isTenantId(text, grammar);
      promise(
        verdict === obeys(text, grammar),
        `${verdict ? 'accepts' : 'refuses'} against ${JSON.stringify(grammar)}`,
      );
      return verdict;
    });
    const outcome = holdCodes(
      () => parseTenantId(text),
      ['tenant-invalid'],
      (id) => {
        promise(id === text, 'changes the id');
        return undefined;
      },
    );
    promise(outcome.accepted === verdicts[0], 'parses what it does not recognise');
    return { ...outcome, accepted: verdicts.includes(true), feature: verdicts.join() };
  },
};

const jwkMembers = fc.record(
  {
    kid: fc.constantFrom('k1', 'k2', '', 1),
    kty: fc.constantFrom('RSA', 'EC', 'oct', 'OKP'),
    use: fc.constantFrom('sig', 'enc'),
    key_ops: fc.constantFrom(['verify'], ['encrypt'], 'verify'),
    alg: fc.constantFrom('RS256', 'ES256', 'HS256', 'ES384'),
    crv: fc.constantFrom('P-256', 'P-384', '__proto__', 'Ed25519'),
    n: fc.constantFrom(
      'AQAB',
      'w7Zdfmece8iaB0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJAjEsOcwYzay7XGN0b-X84BfC8hmCTOj2b2eHT7NsZegFPKRUQzJ9wW8ipn_aDJWMGDuB1XyqT1E7DYqjUCEOD1b4FLpy_xPn6oV_TYOfQ9fZdbE5HGxJUzekuGcOKqOQ8M7wfYHhHHLxGpQVgL0apWuP2gDDOdTtpuld4D2LK1MZK99s9gaSjRHE8JDb1Z4IGhEcEyzkxswVdPndUWzfvWBBWXWxtSUvQGBRkuy1BHOa4sP6FKjWEeeF7gm7UMs2Nm2QUgNZw6xvEDGaLk4KASdIxRQ',
    ),
    e: fc.constantFrom('AQAB', 'Aw', 'AQ', 'Ag'),
    x: fc.constantFrom(
      'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      'AA',
      '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    ),
    y: fc.constantFrom('x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', 'AA'),
    d: fc.constant('AA'),
    k: fc.constant('AA'),
  },
  { requiredKeys: ['kid', 'kty'] },
);

const keySet: Target = {
  name: 'key-set',
  words: [
    '"keys":[',
    '"kid":"k1"',
    '"kty":"RSA"',
    '"kty":"EC"',
    '"d":"AA"',
    '"use":"sig"',
    '"crv":"P-256"',
    'null',
    ',{}',
    '"e":"AQAB"',
  ],
  maxLength: 8192,
  structured: fc.array(jwkMembers, { maxLength: 4 }).map((keys) => JSON.stringify({ keys })),
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined) return refused('not JSON');
    const keys = importKeys(read.value);
    if (keys === undefined) return refused('no key set');
    const members = (read.value as { keys: unknown[] }).keys.filter(isRecord);
    for (const [keyId, { jwk, algorithms }] of keys) {
      promise(
        keyId !== '' && members.filter((member) => member['kid'] === keyId).length === 1,
        'picks one of two keys of an id',
      );
      promise(!['d', 'k'].some((name) => name in jwk) && jwk['kty'] !== 'oct', 'takes a key that signs');
      promise(jwk['use'] === undefined || jwk['use'] === 'sig', 'takes a key for another use');
      promise(
        jwk['alg'] === undefined || (algorithms as readonly unknown[]).every((one) => one === jwk['alg']),
        'takes a key for another algorithm',
      );
      const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = createPublicKey({
        key: jwk,
        format: 'jwk',
      });
      const prefix = { rsa: 'RS', ec: 'ES', ed25519: 'EdDSA' }[type as 'rsa' | 'ec' | 'ed25519'];
      promise(
        algorithms.every((algorithm) => algorithm.startsWith(prefix)),
        'gives a key the algorithm of another kind',
      );
      promise(type !== 'rsa' || (details.modulusLength ?? 0) >= 2048, 'takes a short RSA key');
      const hash = { prime256v1: '256', secp384r1: '384', secp521r1: '512' }[details.namedCurve ?? 'prime256v1'];
      promise(type !== 'ec' || algorithms.join() === `ES${hash}`, 'takes a curve for another');
    }
    return keys.size > 0 ? accepted(`${keys.size} keys`) : refused('no key of use');
  },
};

export const tokenTargets: readonly Target[] = [token, tenantId, keySet];
