// The shape, grammar and limits of a configuration, with defaults filled in. Whether a policy isolates is not decided here:
// that is the prover's. A field whose feature is not built is not in the schema, so it is refused and never ignored.
import { claimPath } from './claim-schema.ts';
import { fillIssuer, issuerSchema } from './issuer-schema.ts';
import { reuse, sts, tenantId as tenantLimits } from './limits.ts';
import { permissionSetSchema } from './permission-set-schema.ts';
import {
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
  string,
  type Schema,
} from './schema.ts';
import { defaultTenantIdGrammar, isTenantId, mayAssert, tenantIdAlphabet } from './tenant.ts';
import type { SessionSettings, TenantIdGrammar, TenantIdPattern, VendingConfig } from './vending-config.ts';

export const permissionSetName = /^[a-z][a-z0-9-]{0,31}$/;
const tagKey = /^(?![aA][wW][sS]:)[\p{L}\p{N}_.:/=+@ -]{1,128}$/u;
const region = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;
const origin = /^https?:\/\/[^/?#@*\s]+$/;

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
    cache: object({ maxEntries: integer(1, reuse.maxEntries) }, {}),
    diagnostics: oneOf('private', 'public'),
  },
);

/** The whole document: shape first, then what spans several fields. */
export const vendingConfigSchema: Schema<VendingConfig> = {
  get json() {
    return documentSchema.json;
  },
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
