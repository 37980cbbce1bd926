// What an operator writes: the configuration, its references and its URLs.
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { parseVendingConfig } from '../../../core/config.ts';
import { TvmError } from '../../../core/errors.ts';
import { parsePolicy } from '../../../core/iam/policy.ts';
import { isRecord } from '../../../core/iam/syntax.ts';
import { fillReferences } from '../../../core/references.ts';
import { renderSessionPolicy } from '../../../core/session-policy.ts';
import { isDiscoveredJwksUrl, isIssuerUrl, isJwksUrl, isLoopbackUrl } from '../../../core/url.ts';
import { configInput, issuerInput, permissionSetInput } from '../../core/fixtures.ts';
import { accepted, hold, holdCodes, jsonOf, promise, promiseEqual, refused, textOf, type Target } from '../target.ts';

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, 0, -1, '', [], {}, true, '{{tenant}}', '*', 'https://idp.example/', '__proto__'),
  fc.jsonValue({ maxDepth: 1 }),
);
/** A good configuration with one to three members replaced, removed or added, at any depth. */
const editedConfig = fc
  .tuple(
    fc.constantFrom(
      configInput(),
      configInput({
        tenantId: { pattern: 'uuid' },
        session: { durationSeconds: 900, tags: { Plan: ['a', 'b'] } },
        cors: { origins: ['https://app.example'] },
      }),
      configInput({
        issuers: [
          issuerInput({ tenants: ['a'] }),
          issuerInput({ name: 'b', issuer: 'https://b.example', tenants: 'any', tenant: { fixed: 'b' } }),
        ],
      }),
      configInput({
        permissionSets: {
          a: permissionSetInput({
            maxDurationSeconds: 900,
            parameters: { folder: { from: 'request' } },
            requires: [{ claim: 'x', equals: 1 }],
          }),
        },
      }),
    ),
    fc.array(fc.tuple(fc.nat(60), fc.constantFrom('set', 'remove', 'add'), oddValue, fc.string({ maxLength: 5 })), {
      maxLength: 3,
    }),
  )
  .map(([config, edits]) => {
    const copy = structuredClone(config);
    for (const [index, kind, value, name] of edits) edit(copy, index, kind, value, name);
    return JSON.stringify(copy);
  });

function edit(root: unknown, index: number, kind: string, value: unknown, name: string): void {
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(root);
  const [node, key] = places[index % places.length] ?? [];
  if (node === undefined || key === undefined) return;
  if (kind === 'set') node[key] = value;
  else if (kind === 'add') node[name] = value;
  else Reflect.deleteProperty(node, key);
}

const config: Target = {
  name: 'config',
  words: [
    '"issuers":[',
    '"permissionSets":{',
    '"tenants":"any"',
    '"tenantId":{"pattern":"uuid"}',
    '{{tenant}}',
    '{{',
    '"jwks":{"keys":[]}',
    '"http://localhost"',
    'null',
    '"__proto__":1',
    '900',
  ],
  maxLength: 6000,
  structured: editedConfig,
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined) return refused('not JSON');
    return hold(
      () => {
        try {
          return parseVendingConfig(read.value);
        } catch (thrown) {
          if (thrown instanceof TvmError) {
            promise(thrown.code === 'misconfigured' && thrown.issues.length > 0, 'refuses without an issue');
            promise(
              thrown.issues.every(({ pointer }) => pointer === '' || pointer.startsWith('/')),
              'an issue without a JSON pointer',
            );
          }
          throw thrown;
        }
      },
      [TvmError],
      (parsed) => {
        promise(isFrozen(parsed), 'is not frozen');
        promiseEqual(parseVendingConfig(structuredClone(parsed)), parsed, 'reads its own result differently');
        promise(parsed.issuers.length > 0 && Object.keys(parsed.permissionSets).length > 0, 'lacks an issuer or a set');
        promise(
          parsed.issuers.length === 1 ||
            parsed.issuers.every(({ tenants, tenant }) => tenants !== undefined || 'fixed' in tenant),
          'does not bind two issuers to tenants',
        );
        promise(
          parsed.issuers.every(({ issuer }) => isIssuerUrl(issuer)),
          'an issuer that is no https URL',
        );
        for (const name of Object.keys(parsed.permissionSets)) {
          promise(/^[a-z][a-z0-9-]{0,31}$/.test(name), 'a permission set of another name');
          const rendered = holdCodes(
            () => renderSessionPolicy(parsed, name, { tenant: 'acme', subject: 'alice', parameters: {} }),
            ['tenant-invalid', 'parameter-invalid', 'policy-too-large'],
            ({ text }) => {
              if (text !== '') parsePolicy(JSON.parse(text) as never, 'identity');
              return undefined;
            },
          );
          if (rendered.accepted) return accepted('renders');
        }
        return undefined;
      },
    );
  },
};

const environment = {
  TVM_REF_BUCKET: 'arn:aws:s3:::b',
  TVM_REF_STAR: 'a*',
  TVM_REF_OPEN: '{',
  TVM_REF_HOLE: '{{tenant}}',
  TVM_REF_SPACE: 'a b',
  TVM_REF_EMPTY: '',
};
const referenceNode = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(
      'text',
      '{{tenant}}',
      1,
      null,
      { $ref: 'BUCKET' },
      { $ref: 'STAR' },
      { $ref: 'NONE' },
      { $ref: '__proto__' },
      { $join: ['a', { $ref: 'BUCKET' }] },
      { $join: [{ $ref: 'OPEN' }, '{tenant}}'] },
      { $join: [1] },
      { $ref: 'BUCKET', more: 1 },
      { $other: 1 },
    ),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '$ref', '__proto__'), tie('node'), { maxKeys: 3 }),
  ),
})).node;

const references: Target = {
  name: 'references',
  words: ['"$ref":', '"$join":[', '"BUCKET"', '"STAR"', '"OPEN"', '{"$ref":"BUCKET"}', '"$":1', '[]', 'null'],
  maxLength: 2000,
  structured: referenceNode.map((value) => JSON.stringify(value)),
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined) return refused('not JSON');
    return holdCodes(
      () => fillReferences(read.value, environment),
      ['misconfigured'],
      (filled) => {
        const before = JSON.stringify(read.value);
        const after = JSON.stringify(filled);
        promise(!hasReference(filled), 'leaves a reference');
        const count = (text: string, piece: string): number => text.split(piece).length - 1;
        for (const piece of ['{{', '*', '${'])
          promise(count(after, piece) <= count(before, piece), `a value brings ${piece} with it`);
        promiseEqual(fillReferences(filled, {}), filled, 'reads its own result differently');
        return accepted(before === after ? 'nothing to fill' : 'filled');
      },
    );
  },
};

function hasReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReference);
  return isRecord(value) && Object.entries(value).some(([key, member]) => key.startsWith('$') || hasReference(member));
}

const inside = new BlockList();
for (const [base, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(base, prefix);
}

const url: Target = {
  name: 'url',
  words: [
    'https://',
    'http://',
    '@',
    '#',
    '?',
    '\\',
    '//',
    'localhost',
    '127.0.0.1',
    '0x7f000001',
    '2130706433',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '169.254.169.254',
    '%2e',
    '\u3002',
    '.',
    ':443',
    'idp.example',
    '\t',
    '10.0.0.1',
    '\u2460',
  ],
  maxLength: 300,
  structured: fc
    .tuple(
      fc.constantFrom('https://', 'http://', 'HTTPS://', 'https:/', 'ftp://', ' https://'),
      fc.constantFrom('', 'u@', 'u:p@'),
      fc.oneof(
        fc.constantFrom(
          'idp.example',
          'localhost',
          'LOCALHOST.',
          'a.localhost',
          '[::1]',
          '127.1',
          '0177.0.0.1',
          '10.1',
          '169.254.169.254',
          '１６９.254.169.254',
          '3232235777',
        ),
        fc
          .constantFrom(
            '10',
            '172.16',
            '172.31',
            '172.32',
            '192.168',
            '169.254',
            '100.64',
            '100.128',
            '224.0',
            '0.0',
            '11.0',
          )
          .map((start) => `${start}${start.includes('.') ? '' : '.0'}.0.1`),
        fc.ipV4(),
        fc.domain(),
      ),
      fc.constantFrom('', ':80', ':99999'),
      fc.constantFrom('', '/', '/a', '/a?b', '/a#b', '?q', '/../x', '\\x'),
    )
    .map((parts) => parts.join('')),
  check: (input) => {
    const text = textOf(input) ?? Buffer.from(input).toString('latin1');
    const verdicts = [
      isIssuerUrl(text),
      isJwksUrl(text),
      isDiscoveredJwksUrl(text, 'https://idp.example/'),
      isLoopbackUrl(text),
    ];
    const [isIssuer, isJwks, isDiscovered] = verdicts;
    if (!isJwks && !isIssuer) {
      promise(!isDiscovered, 'takes from a stranger what it does not take from the operator');
      return refused(verdicts.join());
    }
    const { protocol, hostname, username, password, hash, host } = new URL(text);
    promise(protocol === 'https:' || (protocol === 'http:' && isLoopbackUrl(text)), 'plain http beyond loopback');
    promise(username === '' && password === '' && hash === '' && !text.includes('#'), 'a user or a fragment');
    promise(host !== '', 'no host');
    promise(!isIssuer || !text.includes('?'), 'an issuer with a query');
    promise(!isDiscovered || protocol === 'https:', 'plain http for a discovered address');
    promise(!isDiscovered || isIP(hostname) !== 4 || !inside.check(hostname), 'an address inside our network');
    promise(!isDiscovered || !hostname.startsWith('['), 'a bare IPv6 address');
    promise(!isDiscovered || !/(?:^|\.)localhost\.?$/.test(hostname), 'this machine by name');
    return accepted(verdicts.join());
  },
};

export const configurationTargets: readonly Target[] = [config, references, url];
