// Every statement about who may do what in a template, in the words of its logical ids: what docs/iam-statements.md explains.

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** One statement and where it stands. */
export interface IamStatement {
  readonly where: string;
  readonly statement: unknown;
}

/** Intrinsic functions as text, logical ids without the hash that CDK adds: `<TvmVendingLog.Arn>`. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (typeof ref === 'string') return `<${named(ref)}>`;
  if (Array.isArray(attribute)) return `<${named(String(attribute[0]))}.${String(attribute[1])}>`;
  if (Array.isArray(join)) return (join[1] as readonly unknown[]).map(readable).join(String(join[0]));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readable(inner)]));
}

const named = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** The statements, in the order of the template. A Lambda permission is a statement of the function's resource policy. */
export function iamStatementsOf(template: unknown): readonly IamStatement[] {
  const { Resources: resources } = template as { readonly Resources: Readonly<Record<string, Resource>> };
  return Object.entries(resources).flatMap(([id, { Type: type, Properties: properties = {} }]) => {
    const list = (kind: string, document: unknown): readonly IamStatement[] =>
      [(document as { readonly Statement: unknown }).Statement].flat().map((statement) => ({
        where: `${kind} of ${named(id)}`,
        statement: readable(statement),
      }));
    const policies = (properties['Policies'] ?? []) as readonly { readonly PolicyDocument: unknown }[];
    if (type === 'AWS::IAM::Role') {
      return [
        ...list('trust', properties['AssumeRolePolicyDocument']),
        ...policies.flatMap(({ PolicyDocument: document }) => list('policy', document)),
      ];
    }
    if (type === 'AWS::Lambda::Permission') {
      const { Action: action, Principal: principal, FunctionName: resource, SourceArn: source } = properties;
      const condition = { ArnLike: { 'aws:SourceArn': source } };
      const statement = {
        Effect: 'Allow',
        Principal: { Service: principal },
        Action: action,
        Resource: resource,
        Condition: condition,
      };
      return [{ where: `resource policy of ${named(id)}`, statement: readable(statement) }];
    }
    for (const name of ['PolicyDocument', 'KeyPolicy', 'ResourcePolicy', 'Policy']) {
      if (properties[name] !== undefined) return list('policy', properties[name]);
    }
    return [];
  });
}
