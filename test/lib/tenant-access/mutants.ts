// Ways to break a template that people really find: a lost delimiter, a lost condition, a wider action, a moved star, a swapped
// operator. A mutant that leaks must not be PROVED; whether it leaks is asked of the evaluator, tenant by tenant.
import {
  evaluate,
  parseVendingConfig,
  prove,
  renderSessionPolicy,
  TvmError,
  type VendingConfig,
} from '../../../core/index.ts';
import type { TenantStatement } from '../../../lib/index.ts';
import type { Call } from '../synthesised.ts';

/** What became of a helper's mutants. `missed` must stay empty: leaks that were PROVED. */
export interface Judgement {
  readonly total: number;
  readonly refused: number;
  readonly caught: number;
  readonly harmless: number;
  readonly missed: readonly string[];
}

type Change = (text: string) => string;

const inTexts: readonly (readonly [string, Change])[] = [
  ['without what follows the tenant', (text) => text.replace(/(\{\{tenant\}\})[^*]/, '$1')],
  ['without what stands before the tenant', (text) => text.replace(/[/#:](\{\{tenant\}\})/, '$1')],
  ['with the star before the tenant', (text) => text.replace(/(\{\{tenant\}\})(.*)\*/, '*$1$2')],
  ['with a star after the tenant', (text) => text.replace('{{tenant}}', '{{tenant}}*')],
  ['with a star for the tenant', (text) => text.replace('{{tenant}}', '*')],
  ['with a question mark for the tenant', (text) => text.replace('{{tenant}}', '?')],
];

const inOperators: readonly (readonly [string, Change])[] = [
  ['StringLike for StringEquals', (name) => name.replace('StringEquals', 'StringLike')],
  ['ForAnyValue for ForAllValues', (name) => name.replace('ForAllValues', 'ForAnyValue')],
  ['IfExists added', (name) => (name === 'Null' ? name : `${name}IfExists`)],
  ['any case', (name) => name.replace(/String(?:Equals|Like)$/, 'StringEqualsIgnoreCase')],
  ['negated', (name) => name.replace(/String(Equals|Like)$/, 'StringNot$1')],
];

/** All mutants, each with one change in one statement. */
function mutate(statements: readonly TenantStatement[]): readonly (readonly [string, readonly TenantStatement[]])[] {
  return statements.flatMap((statement, index) =>
    [...textMutants(statement), ...conditionMutants(statement), ...actionMutants(statement)]
      .filter(([, mutant]) => JSON.stringify(mutant) !== JSON.stringify(statement))
      .map(([name, mutant]) => [`statement ${index} ${name}`, statements.with(index, mutant)] as const),
  );
}

function textMutants(statement: TenantStatement): readonly (readonly [string, TenantStatement])[] {
  return inTexts.flatMap(([name, change]) => {
    const changeAll = (value: unknown): unknown => {
      if (typeof value === 'string') return change(value);
      if (Array.isArray(value)) return value.map(changeAll);
      return typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, changeAll(member)]))
        : value;
    };
    const { Resource: resource, Condition: condition } = statement;
    return [
      [`${name} (resource)`, { ...statement, Resource: changeAll(resource) } as TenantStatement],
      ...(condition === undefined
        ? []
        : [[`${name} (condition)`, { ...statement, Condition: changeAll(condition) } as TenantStatement] as const]),
    ] as const;
  });
}

function conditionMutants(statement: TenantStatement): readonly (readonly [string, TenantStatement])[] {
  const { Condition: condition, ...bare } = statement;
  if (condition === undefined) return [];
  const operators = Object.entries(condition);
  return [
    ['without conditions', bare],
    ...operators.map(
      ([operator]) =>
        [
          `without ${operator}`,
          { ...bare, Condition: Object.fromEntries(operators.filter(([name]) => name !== operator)) },
        ] as const,
    ),
    ...inOperators.map(
      ([name, change]) =>
        [
          name,
          { ...bare, Condition: Object.fromEntries(operators.map(([operator, keys]) => [change(operator), keys])) },
        ] as const,
    ),
  ].map(([name, mutant]) => [name, withoutEmpty(mutant as TenantStatement)] as [string, TenantStatement]);
}

function withoutEmpty({ Condition: condition, ...bare }: TenantStatement): TenantStatement {
  return condition === undefined || Object.keys(condition).length === 0 ? bare : { ...bare, Condition: condition };
}

function actionMutants(statement: TenantStatement): readonly (readonly [string, TenantStatement])[] {
  const [first = ''] = [statement.Action ?? ''].flat();
  const service = first.split(':')[0]!;
  return [
    ['with every action of the service', { ...statement, Action: `${service}:*` }],
    ['with every action', { ...statement, Action: '*' }],
    ['with every resource', { ...statement, Resource: '*' }],
  ];
}

function toConfig(statements: readonly TenantStatement[]): VendingConfig | undefined {
  try {
    return parseVendingConfig({
      issuers: [{ name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } }],
      permissionSets: { set: { roleArn: 'arn:aws:iam::111122223333:role/set', statements } },
    });
  } catch (cause) {
    if (cause instanceof TvmError) return undefined;
    throw cause;
  }
}

/** Judges every mutant of a helper's statements by the calls on what tenants own. */
export function judgeMutants(
  statements: readonly TenantStatement[],
  own: (tenant: string) => readonly Call[],
  tenants: readonly string[],
): Judgement {
  const counts = { total: 0, refused: 0, caught: 0, harmless: 0 };
  const missed: string[] = [];
  for (const [name, mutant] of mutate(statements)) {
    counts.total += 1;
    const config = toConfig(mutant);
    if (config === undefined) counts.refused += 1;
    else if (prove(config).verdict !== 'PROVED') counts.caught += 1;
    else if (leaks(config, own, tenants)) missed.push(name);
    else counts.harmless += 1;
  }
  return { ...counts, missed };
}

function leaks(config: VendingConfig, own: (tenant: string) => readonly Call[], tenants: readonly string[]): boolean {
  return tenants.some((tenant) => {
    const session = renderSessionPolicy(config, 'set', { tenant, subject: 'alice' }).document;
    return tenants.some((other) => other !== tenant && own(other).some((call) => allows(session, tenant, call)));
  });
}

function allows(
  session: ReturnType<typeof renderSessionPolicy>['document'],
  tenant: string,
  { action, resource, context }: Call,
): boolean {
  const arn = 'arn:aws:iam::111122223333:role/set';
  const { outcome } = evaluate({
    policies: {
      role: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
      session: [session],
    },
    principal: { arn, accountId: '111122223333', tags: { TenantId: tenant } },
    request: { action, resource, ...(context === undefined ? {} : { context }) },
  });
  return outcome === 'allowed';
}
