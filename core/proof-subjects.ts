// What the proof is about: every Allow of every permission set, as it stands behind one wall.
import type { PermissionSet, VendingConfig } from './config.ts';
import type { PolicyDocument, PolicyStatement } from './iam/index.ts';
import { toProvable, type ProvableStatement } from './isolation.ts';
import { placeInStatement } from './statement-template.ts';

export type Wall = 'session' | 'role';

/** Policies of the tenant access roles, by ARN. */
export interface ProveOptions {
  readonly roles?: Readonly<Record<string, readonly PolicyDocument[]>>;
}

/** An Allow of one permission set behind one wall. */
export interface Subject {
  readonly set: string;
  readonly label: string;
  readonly shared: boolean;
  readonly provable: ProvableStatement;
}

/** Whether the set has that wall at all. */
export function isBehind({ isolation }: PermissionSet, wall: Wall): boolean {
  return wall === 'role' || isolation === 'both';
}

/** The statements of one set behind a wall. A set without a session policy has its role's there, for others to be held against. */
export function subjectsOf(config: VendingConfig, name: string, options: ProveOptions, wall: Wall): readonly Subject[] {
  const set = config.permissionSets[name]!;
  const roleDocuments =
    options.roles !== undefined && Object.hasOwn(options.roles, set.roleArn) ? options.roles[set.roleArn]! : [];
  if (!isBehind(set, wall) || wall === 'role') {
    // A role's policy cannot say "shared"; what a shared template says word for word is meant by it.
    const shared = new Set(
      set.statements
        .filter((template) => template.shared !== undefined)
        .map((template) => fingerprint(onTag(template, config))),
    );
    return fromDocuments(config, name, roleDocuments, 'role', (statement) => shared.has(fingerprint(statement)));
  }
  const templates = set.statements.flatMap((template, index): readonly Subject[] => {
    if (template.Effect !== 'Allow') return [];
    const statement = placeInStatement(template, (placeholder) => `{{${placeholder}}}`);
    const label = template.Sid ?? `statements/${index}`;
    return [{ set: name, label, shared: template.shared !== undefined, provable: toProvable(statement, config) }];
  });
  const managed = (set.managedPolicies ?? []).map(({ document }) => document);
  return [...templates, ...fromDocuments(config, name, managed, 'managedPolicies', () => false)];
}

function fromDocuments(
  config: VendingConfig,
  set: string,
  documents: readonly PolicyDocument[],
  place: string,
  isShared: (statement: PolicyStatement) => boolean,
): readonly Subject[] {
  return documents.flatMap((document, position) =>
    toStatements(document).flatMap((statement, index): readonly Subject[] => {
      if (statement.Effect !== 'Allow') return [];
      const label = statement.Sid ?? `${place}/${position}/Statement/${index}`;
      return [
        {
          set,
          label,
          shared: isShared(statement),
          provable: toProvable(statement, config, document.Version === '2012-10-17'),
        },
      ];
    }),
  );
}

function toStatements({ Statement: statements }: PolicyDocument): readonly PolicyStatement[] {
  return Array.isArray(statements) ? (statements as readonly PolicyStatement[]) : [statements as PolicyStatement];
}

function onTag(template: PermissionSet['statements'][number], config: VendingConfig): PolicyStatement {
  return placeInStatement(template, (placeholder) =>
    placeholder === 'tenant' ? `\${aws:PrincipalTag/${config.session.tenantTagKey}}` : '*',
  );
}

/** What a statement says, whatever its Sid and however its lists are written. */
function fingerprint({ Sid: _, ...statement }: PolicyStatement): string {
  const normalise = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length === 1 ? normalise(value[0]) : value.map(normalise).map(String).sort();
    if (typeof value !== 'object' || value === null) return value;
    return Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, normalise(member)]);
  };
  return JSON.stringify(normalise(statement));
}
