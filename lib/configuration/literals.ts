// Opaque literals for a delivered document: what synth parses, renders and proves where only the deployment knows the value.
import type { Construct } from 'constructs';
import { fillReferences, variableOf } from '../../core/index.ts';
import { isList, type Delivery, type Json } from './deliver.ts';
import { opaqueLiteral } from './opaque-literal.ts';

/** The document with its references filled by literals. */
export function fillWithLiterals(document: Json, literals: ReadonlyMap<string, string>): unknown {
  return fillReferences(
    document,
    Object.fromEntries([...literals].map(([name, literal]) => [variableOf(name), literal])),
  );
}

/** One literal per name; a value that opens a Resource or is a role ARN must look like an ARN to be parsed as one. */
export function literalsOf(delivery: Delivery, scope: Construct): ReadonlyMap<string, string> {
  const arns = new Set<string>();
  collectArnNames(delivery.document, '', arns);
  return new Map(
    [...delivery.values].map(([name, value]) => [name, opaqueLiteral(name, value, scope, arns.has(name))]),
  );
}

function collectArnNames(document: Json, key: string, arns: Set<string>): void {
  if (typeof document !== 'object' || document === null) return;
  if (isList(document)) {
    for (const item of document) collectArnNames(item, key, arns);
    return;
  }
  const { $ref: name, $join: parts } = document;
  const first = parts !== undefined && isList(parts) ? parts[0] : undefined;
  if (first !== undefined) collectArnNames(first, key, arns);
  else if (typeof name === 'string' && (key === 'Resource' || key === 'roleArn')) arns.add(name);
  else for (const [member, value] of Object.entries(document)) collectArnNames(value, member, arns);
}
