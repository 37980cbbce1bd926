// The isolation proof at synth: for all tenants, behind both walls, on the very document that will be deployed. Anything but PROVED
// stops the synthesis, with the witness in words.
import type { Construct } from 'constructs';
import { parseVendingConfig, prove, type PolicyDocument, type PolicyStatement, type Proof } from '../../core/index.ts';
import { SynthError } from '../errors.ts';
import { deliverConfiguration, isList, type Delivery, type Json } from './deliver.ts';
import { fillWithLiterals, literalsOf } from './literals.ts';
import { isTyped } from './opaque-literal.ts';

/** The ceiling of each permission set's role, by the set's name. */
export type Ceilings = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

/**
 * Proves the document with its tokens as opaque literals, and the ceilings of its roles.
 * @throws SynthError `TvmIsolationNotProved`
 */
export function checkIsolation(document: unknown, ceilings: Ceilings, scope: Construct): void {
  // Delivered together, so that one token is one literal in both walls.
  const delivery = deliverConfiguration({ configuration: document, ceilings: Object.fromEntries(ceilings) }, scope);
  refuseUntyped(delivery, scope);
  const filled = fillWithLiterals(delivery.document, literalsOf(delivery, scope)) as {
    readonly configuration: unknown;
    readonly ceilings: Readonly<Record<string, readonly PolicyStatement[]>>;
  };
  const config = parseVendingConfig(filled.configuration);
  const roles: Record<string, PolicyDocument[]> = {};
  for (const [name, { roleArn }] of Object.entries(config.permissionSets)) {
    (roles[roleArn] ??= []).push({ Version: '2012-10-17', Statement: filled.ceilings[name] ?? [] });
  }
  const proof = prove(config, { roles });
  if (proof.verdict !== 'PROVED') throw refuse(describe(proof), scope);
}

/** One line per statement and wall; its actions share the reason of the first. */
function describe({ permissionSets }: Proof): string {
  const lines = permissionSets.flatMap(({ name, findings }) => {
    const open = findings.filter(({ verdict }) => verdict !== 'PROVED');
    const groups = Map.groupBy(
      open,
      ({ verdict, statement, wall }) => `${verdict} ${name} ${statement} (${wall} wall)`,
    );
    return [...groups].map(([head, [first, ...more]]) => {
      const others = more.length === 0 ? '' : ` (and ${more.length} more of its actions)`;
      return `\n  ${head}: ${first!.reason}${others}`;
    });
  });
  return lines.join('');
}

/** A parameter or an import may hold anything at deploy time, also what another one holds, or a part of it. */
function refuseUntyped({ document, values }: Delivery, scope: Construct): void {
  const untyped = new Set([...values].filter(([, value]) => !isTyped(value, scope)).map(([name]) => name));
  if (untyped.size === 0) return;
  const used = new Set<string>();
  const sets = member(member(document, 'configuration'), 'permissionSets');
  if (typeof sets === 'object' && sets !== null && !isList(sets)) {
    for (const set of Object.values(sets)) collect(member(set, 'statements'), untyped, used);
  }
  if (used.size === 0) return;
  throw refuse(`UNPROVEN: what ${[...used].join(', ')} will be is known to the deployment alone`, scope);
}

function member(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !isList(value) ? value[name] : undefined;
}

function collect(value: Json | undefined, untyped: ReadonlySet<string>, used: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const reference = member(value, '$ref');
  if (typeof reference === 'string' && untyped.has(reference)) used.add(reference);
  for (const inner of Object.values(value) as readonly Json[]) collect(inner, untyped, used);
}

function refuse(got: string, scope: Construct): SynthError {
  const text = {
    what: 'The isolation of tenants is not proved',
    got,
    allowed: 'PROVED for every statement, for all tenants',
    fix: 'end the tenant with "/" or "#" before a star, give resources of this app or literal names, or mark what all tenants may have as shared, with its reason',
  };
  return new SynthError('TvmIsolationNotProved', text, scope);
}
