// The shape, grammar and limits of a configuration, with defaults filled in. Whether a policy isolates is not decided here:
// that is the prover's. A field whose feature is not built is not in the schema, so it is refused and never ignored.
import { forbiddenClaimNames, type ClaimPath } from './claims.ts';
import type {
  ClaimRule,
  ParameterSpec,
  PermissionSet,
  SessionSettings,
  TenantIdGrammar,
  TenantIdPattern,
  TrustedIssuer,
  VendingConfig,
} from './config.ts';
import type { PolicyDocument } from './iam/index.ts';
import { parsePolicy } from './iam/policy.ts';
import { PolicySyntaxError } from './iam/syntax.ts';
import { sts, tenantId as tenantLimits, token } from './limits.ts';
import {
  anyObject,
  boolean,
  check,
  either,
  integer,
  list,
  map,
  matching,
  object,
  oneOf,
  pointerTo,
  scalar,
  string,
  type Schema,
} from './schema.ts';
import { placeholdersOf, statementTemplateSchema } from './statement-template.ts';
import { defaultTenantIdGrammar, isTenantId, mayAssert, tenantIdAlphabet } from './tenant.ts';
import { isIssuerUrl, isJwksUrl } from './url.ts';

export const permissionSetName = /^[a-z][a-z0-9-]{0,31}$/;
const parameterName = /^(?!(?:tenant|subject)$)[a-z][A-Za-z0-9]{0,31}$/;
/** Ends a session name after `=`, so it holds none of STS's other characters and is never 32 hexadecimal digits (a hash). */
const issuerName = /^(?![0-9a-f]{32}$)[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,30}[A-Za-z0-9])?$/;
const tagKey = /^(?![aA][wW][sS]:)[\p{L}\p{N}_.:/=+@ -]{1,128}$/u;
const roleArn = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;
const policyArn = /^arn:aws(?:-[a-z]+)*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/;
const region = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;
const origin = /^https?:\/\/[^/?#@*\s]+$/;

const claimName = string({
  accepts: (text) => text !== '' && !forbiddenClaimNames.has(text),
  what: 'a claim name, none of __proto__, constructor, prototype',
});
const claimPath: Schema<ClaimPath> = either<ClaimPath>(
  (input) => (Array.isArray(input) ? list(claimName, { min: 1, max: 8 }) : claimName),
  [claimName, list(claimName, { min: 1, max: 8 })],
);

const namedPattern = oneOf('default', 'uuid', 'ulid');
const customPattern = object(
  {
    characters: string({
      accepts: (text) =>
        /[A-Za-z0-9]/.test(text) &&
        new Set(text).size === text.length &&
        [...text].every((one) => tenantIdAlphabet.includes(one)),
      what: 'each allowed character once, out of A-Z a-z 0-9 _ . + = -, with a letter or digit',
    }),
  },
  {},
);
const tenantIdPattern: Schema<TenantIdPattern> = either<TenantIdPattern>(
  (input) => (typeof input === 'string' ? namedPattern : customPattern),
  [namedPattern, customPattern],
);
const length = integer(tenantLimits.minLength, tenantLimits.maxLength);
const tenantIdSchema = check(
  object({}, { minLength: length, maxLength: length, pattern: tenantIdPattern }),
  ({ minLength = tenantLimits.minLength, maxLength = tenantLimits.maxLength, pattern }, report) => {
    const fixed = pattern === 'uuid' ? 36 : pattern === 'ulid' ? 26 : undefined;
    if (minLength > maxLength || (fixed !== undefined && (fixed < minLength || fixed > maxLength))) {
      report('', 'allows no tenant id at all');
    }
  },
);

const sessionSchema = object(
  {},
  {
    tenantTagKey: matching(tagKey, 'a session tag key'),
    durationSeconds: integer(sts.minSessionSeconds, sts.maxChainedSessionSeconds),
    sourceIdentity: oneOf('subject', 'none'),
    capToTokenExpiry: boolean,
    tags: map(tagKey, 'a session tag key', claimPath),
  },
);

const audience = string({ accepts: (text) => text !== '' && text !== '*', what: 'an audience, not a wildcard' });
const url = (accepts: (text: string) => boolean, what: string): Schema<string> =>
  string({ accepts, what, json: { format: 'uri' } });

const claimedTenant = object({ claim: claimPath }, {});
const fixedTenant = object({ fixed: string() }, {});
const issuerSchema = check(
  object(
    {
      name: matching(issuerName, 'a short name: letters, digits, _ . - (not 32 hexadecimal digits)'),
      issuer: url(isIssuerUrl, 'an https URL without query, fragment or user (http only for loopback)'),
      audiences: list(audience, { min: 1, distinct: true }),
      tenant: either<TrustedIssuer['tenant']>(
        (input) => (typeof input === 'object' && input !== null && 'fixed' in input ? fixedTenant : claimedTenant),
        [claimedTenant, fixedTenant],
      ),
    },
    {
      tokenUse: oneOf('access', 'id'),
      algorithms: list(oneOf('RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'), {
        min: 1,
        distinct: true,
      }),
      jwksUri: url(isJwksUrl, 'an https URL without fragment or user (http only for loopback)'),
      jwks: object({ keys: list(anyObject, { min: 1 }) }, {}),
      tenants: either<readonly string[] | 'any'>(
        (input) => (typeof input === 'string' ? oneOf('any') : list(string(), { min: 1, distinct: true })),
        [oneOf('any')],
      ),
      subjectClaim: claimPath,
      permissionSets: list(string(), { min: 1, distinct: true }),
      audienceMode: oneOf('any', 'exact'),
      clientIds: list(string(), { min: 1, distinct: true }),
      maxTokenAgeSeconds: integer(1, 31_536_000),
    },
  ),
  ({ jwks, jwksUri }, report) => {
    if (jwks !== undefined && jwksUri !== undefined)
      report('/jwksUri', 'must not stand beside jwks: pinned keys are never fetched');
    jwks?.keys.forEach((key, index) => {
      const pointer = pointerTo('/jwks/keys', index);
      if (typeof key['kty'] !== 'string' || typeof key['kid'] !== 'string' || key['kid'] === '')
        report(pointer, 'needs kty and kid');
      if (jwks.keys.findIndex((other) => other['kid'] === key['kid']) !== index) report(pointer, 'repeats a kid');
      // A private or symmetric key in a configuration is a leaked key.
      if (['d', 'p', 'q', 'k'].some((member) => Object.hasOwn(key, member))) report(pointer, 'must be a public key');
    });
  },
);

const equalsRule = object({ claim: claimPath, equals: scalar }, {});
const containsRule = object({ claim: claimPath, contains: string() }, {});
const claimRule: Schema<ClaimRule> = either<ClaimRule>(
  (input) => (typeof input === 'object' && input !== null && 'contains' in input ? containsRule : equalsRule),
  [equalsRule, containsRule],
);

const claimParameter = object({ from: oneOf('claim'), claim: claimPath }, {});
const requestParameter = object({ from: oneOf('request') }, {});
const parameterSpec: Schema<ParameterSpec> = either<ParameterSpec>(
  (input) => (typeof input === 'object' && input !== null && 'claim' in input ? claimParameter : requestParameter),
  [claimParameter, requestParameter],
);

const policyDocument: Schema<PolicyDocument> = {
  json: { type: 'object' },
  parse: (input, pointer, issues) => {
    try {
      parsePolicy(input as PolicyDocument, 'identity');
      return input as PolicyDocument;
    } catch (cause) {
      if (!(cause instanceof PolicySyntaxError)) throw cause;
      issues.push({ pointer, message: `is not valid IAM: ${cause.message}` });
      return undefined;
    }
  },
};
const managedPolicy = object({ arn: matching(policyArn, 'the ARN of a managed policy'), document: policyDocument }, {});

/** Statements may name the set's own parameters, so their schema is made per set. */
const permissionSetSchema: Schema<PermissionSet> = {
  json: { type: 'object' },
  parse: (input, pointer, issues) => {
    const declared =
      typeof input === 'object' && input !== null && 'parameters' in input ? input.parameters : undefined;
    const names = typeof declared === 'object' && declared !== null ? Object.keys(declared) : [];
    const parsed = check(
      object(
        {
          roleArn: matching(roleArn, 'the ARN of an IAM role'),
          statements: list(
            statementTemplateSchema(() => names),
            { min: 1 },
          ),
        },
        {
          description: string(),
          externalId: matching(/^[\w+=,.@:/-]{2,1224}$/, 'an external id: 2 to 1224 of letters, digits and _+=,.@:/-'),
          managedPolicies: list(managedPolicy, { min: 1, max: sts.maxPolicyArns }),
          isolation: oneOf('both', 'tags'),
          sessionName: oneOf('tenant-subject', 'tenant'),
          allowDespiteGuard: list(matching(/^(?:sts|iam):[A-Za-z]+$/, 'the exact name of an sts or iam action'), {
            distinct: true,
          }),
          maxDurationSeconds: integer(sts.minSessionSeconds, sts.maxChainedSessionSeconds),
          requires: list(claimRule, { min: 1 }),
          parameters: map(parameterName, 'a parameter name', parameterSpec),
        },
      ),
      ({ statements, sessionName }, report) => {
        const sids = statements.flatMap(({ Sid }) => Sid ?? []);
        if (new Set(sids).size !== sids.length) report('/statements', 'must not repeat a Sid');
        statements.forEach((statement, index) => {
          if (sessionName === 'tenant' && placeholdersOf(statement).has('subject')) {
            report(
              pointerTo('/statements', index),
              'must not use {{subject}}: sessions named after the tenant are shared',
            );
          }
        });
      },
    ).parse(input, pointer, issues);
    return (
      parsed && {
        isolation: 'both',
        sessionName: 'tenant-subject',
        maxDurationSeconds: sts.maxChainedSessionSeconds,
        ...parsed,
      }
    );
  },
};

const documentSchema = object(
  {
    issuers: list(issuerSchema, { min: 1 }),
    permissionSets: map(
      permissionSetName,
      'a permission set name (a-z, then a-z 0-9 -, 32 at most)',
      permissionSetSchema,
      1,
    ),
  },
  {
    defaultPermissionSet: string(),
    tenantId: tenantIdSchema,
    session: sessionSchema,
    cors: object(
      {
        origins: list(matching(origin, 'an exact origin such as https://app.example.com'), { min: 1, distinct: true }),
      },
      { maxAgeSeconds: integer(0, 86_400) },
    ),
    explain: boolean,
    sts: object({}, { fallbackRegion: matching(region, 'an AWS Region such as eu-west-1') }),
    diagnostics: oneOf('private', 'public'),
  },
);

/** The whole document: shape first, then what spans several fields. */
export const vendingConfigSchema: Schema<VendingConfig> = {
  json: documentSchema.json,
  parse: (input, pointer, issues) => {
    const parsed = documentSchema.parse(input, pointer, issues);
    if (parsed === undefined) return undefined;
    const names = Object.keys(parsed.permissionSets);
    const defaultPermissionSet = parsed.defaultPermissionSet ?? (names.length === 1 ? names[0] : undefined);
    const config: VendingConfig = {
      ...parsed,
      issuers: parsed.issuers.map(fillIssuer),
      ...(defaultPermissionSet === undefined ? {} : { defaultPermissionSet }),
      tenantId: { ...defaultTenantIdGrammar, ...(parsed.tenantId as Partial<TenantIdGrammar>) },
      session: { ...defaultSession, ...(parsed.session as Partial<SessionSettings>) },
      explain: parsed.explain ?? false,
      diagnostics: parsed.diagnostics ?? 'private',
    };
    checkWhole(config, (below, message) => issues.push({ pointer: `${pointer}${below}`, message }));
    return config;
  },
};

const defaultSession: SessionSettings = {
  tenantTagKey: 'TenantId',
  durationSeconds: sts.maxChainedSessionSeconds,
  sourceIdentity: 'subject',
  capToTokenExpiry: false,
  tags: {},
};

function fillIssuer(
  issuer: Omit<TrustedIssuer, 'algorithms' | 'subjectClaim' | 'audienceMode' | 'maxTokenAgeSeconds'> &
    Partial<TrustedIssuer>,
): TrustedIssuer {
  return {
    algorithms: ['RS256', 'ES256'],
    subjectClaim: ['sub'],
    audienceMode: 'any',
    maxTokenAgeSeconds: token.defaultMaxAgeSeconds,
    ...issuer,
  };
}

function checkWhole(config: VendingConfig, report: (pointer: string, message: string) => void): void {
  const { issuers, permissionSets, session } = config;
  for (const key of ['name', 'issuer'] as const) {
    const values = issuers.map((issuer) => issuer[key]);
    values.forEach((value, index) => {
      if (values.indexOf(value) !== index) report(`/issuers/${index}/${key}`, `repeats ${value}`);
    });
  }
  issuers.forEach((issuer, index) => {
    const at = `/issuers/${index}`;
    if ('fixed' in issuer.tenant) {
      if (!isTenantId(issuer.tenant.fixed, config.tenantId))
        report(`${at}/tenant/fixed`, 'is not a tenant id of the grammar');
      else if (!mayAssert(issuer, issuer.tenant.fixed)) report(`${at}/tenants`, 'does not list the fixed tenant');
    } else if (issuers.length > 1 && issuer.tenants === undefined) {
      // Without the binding, the identity provider of one tenant could assert any other.
      report(
        `${at}/tenants`,
        'is required as soon as there are two issuers: say which tenants this one may assert, or "any"',
      );
    }
    if (Array.isArray(issuer.tenants)) {
      issuer.tenants.forEach((tenant, position) => {
        if (!isTenantId(tenant, config.tenantId))
          report(`${at}/tenants/${position}`, 'is not a tenant id of the grammar');
      });
    }
    issuer.permissionSets?.forEach((name, position) => {
      if (!Object.hasOwn(permissionSets, name)) report(`${at}/permissionSets/${position}`, 'names no permission set');
    });
  });
  if (config.defaultPermissionSet !== undefined && !Object.hasOwn(permissionSets, config.defaultPermissionSet)) {
    report('/defaultPermissionSet', 'names no permission set');
  }
  const tagKeys = [session.tenantTagKey, ...Object.keys(session.tags)].map((key) => key.toLowerCase());
  if (new Set(tagKeys).size !== tagKeys.length)
    report('/session/tags', 'repeats a tag key (tag keys are case-insensitive)');
  if (tagKeys.length > sts.maxTags) report('/session/tags', `has more than ${sts.maxTags} tags with the tenant tag`);
  checkRoleNames(permissionSets, report);
}

/** On the STS route a RoleArn selects a set by equality or by its last segment: the two must never name different sets. */
function checkRoleNames(
  permissionSets: VendingConfig['permissionSets'],
  report: (pointer: string, message: string) => void,
): void {
  const sets = Object.entries(permissionSets);
  for (const [name, { roleArn: arn }] of sets) {
    const segment = arn.slice(arn.lastIndexOf('/') + 1);
    const alone = sets.filter(([, other]) => other.roleArn === arn).length === 1;
    if (alone && segment !== name && Object.hasOwn(permissionSets, segment)) {
      report(
        `${pointerTo('/permissionSets', name)}/roleArn`,
        `ends in the name of another permission set (${segment})`,
      );
    }
  }
}
