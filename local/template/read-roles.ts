// The roles of the templates with everything that decides for them: trust, policies, boundary, tags, longest session.
// A policy that cannot be read exactly stops the start; AWS-managed ones are left out, which only denies more.
import type { PolicyDocument } from '../../core/iam/index.ts';
import type { LocalRole } from '../account.ts';
import type { Intrinsics } from './intrinsics.ts';
import type { TemplateResource, TemplateStack } from './load-assembly.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { refuseAt } from './refuse.ts';

/** The roles, and notes for people about what local mode cannot know. */
export interface RolesReading {
  readonly roles: readonly LocalRole[];
  readonly notes: readonly string[];
  /** By ARN. */
  readonly managedPolicies: Readonly<Record<string, PolicyDocument>>;
}

/** A policy document that stands for itself in the template, with the names of the roles that have it. */
interface AttachedPolicy {
  readonly roleNames: ReadonlySet<string>;
  readonly document: PolicyDocument;
}

/** @throws TvmError `misconfigured` */
export function readRoles(stacks: readonly TemplateStack[], intrinsics: Intrinsics): RolesReading {
  const managed = readManagedPolicies(stacks, intrinsics);
  const attached = [...readInlinePolicies(stacks, intrinsics), ...managed.values()];
  const notes: string[] = [];
  const roles = resourcesOf(stacks, intrinsics, ['AWS::IAM::Role']).map(({ stack, logicalId, resource }): LocalRole => {
    const at = { stack: stack.name, logicalId };
    const property = (name: string): unknown => intrinsics.resolve(resource.properties[name], stack, logicalId);
    const { name, attributes } = intrinsics.identityOf(stack, logicalId);
    const managedDocuments = toList(property('ManagedPolicyArns')).flatMap((arn) => {
      const known = managed.get(String(arn));
      if (known === undefined)
        notes.push(`${name}: ${String(arn)} is not known locally; what it allows is denied here`);
      return known === undefined ? [] : [known.document];
    });
    const boundaryArn = textOf(property('PermissionsBoundary'));
    const boundary = boundaryArn === undefined ? undefined : managed.get(boundaryArn)?.document;
    // Leaving a boundary out would allow what AWS denies.
    if (boundaryArn !== undefined && boundary === undefined) {
      throw refuseAt(at, `PermissionsBoundary ${boundaryArn} is not in the app, so its limits are not known`);
    }
    const inline = toList(property('Policies')).map((policy) =>
      toDocument(isRecord(policy) ? policy['PolicyDocument'] : undefined, () => refuseAt(at, 'Policies is malformed')),
    );
    const maxSession = Number(property('MaxSessionDuration') ?? 3600);
    if (!Number.isInteger(maxSession)) throw refuseAt(at, 'MaxSessionDuration is not a number');
    const tags = readTags(property('Tags'));
    return {
      arn: attributes['Arn'] ?? name,
      name,
      trust: toDocument(property('AssumeRolePolicyDocument'), () =>
        refuseAt(at, 'AssumeRolePolicyDocument is malformed'),
      ),
      policies: [
        ...inline,
        ...managedDocuments,
        ...attached.filter(({ roleNames }) => roleNames.has(name)).map(({ document }) => document),
      ],
      ...(boundary === undefined ? {} : { boundary }),
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      maxSessionSeconds: maxSession,
    };
  });
  const managedPolicies = Object.fromEntries([...managed].map(([arn, { document }]) => [arn, document]));
  return { roles, notes, managedPolicies };
}

function readInlinePolicies(stacks: readonly TemplateStack[], intrinsics: Intrinsics): readonly AttachedPolicy[] {
  const types = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy'];
  return resourcesOf(stacks, intrinsics, types).map(({ stack, logicalId, resource }) => {
    const property = (name: string): unknown => intrinsics.resolve(resource.properties[name], stack, logicalId);
    const names = [...toList(property('Roles')), ...toList(property('RoleName'))].map(String);
    const malformed = (): Error => refuseAt({ stack: stack.name, logicalId }, 'PolicyDocument is malformed');
    return { roleNames: new Set(names), document: toDocument(property('PolicyDocument'), malformed) };
  });
}

/** By ARN; those that name roles themselves are attached to these. */
function readManagedPolicies(
  stacks: readonly TemplateStack[],
  intrinsics: Intrinsics,
): ReadonlyMap<string, AttachedPolicy> {
  return new Map(
    resourcesOf(stacks, intrinsics, ['AWS::IAM::ManagedPolicy']).map(({ stack, logicalId, resource }) => {
      const property = (name: string): unknown => intrinsics.resolve(resource.properties[name], stack, logicalId);
      const malformed = (): Error => refuseAt({ stack: stack.name, logicalId }, 'PolicyDocument is malformed');
      const document = toDocument(property('PolicyDocument'), malformed);
      const roleNames = new Set(toList(property('Roles')).map(String));
      return [intrinsics.identityOf(stack, logicalId).ref, { roleNames, document }];
    }),
  );
}

/** One resource with the stack it is in. */
export interface ResourceOf {
  readonly stack: TemplateStack;
  readonly logicalId: string;
  readonly resource: TemplateResource;
}

/** The resources of these types that exist, in the order of the templates. */
export function resourcesOf(
  stacks: readonly TemplateStack[],
  intrinsics: Intrinsics,
  types: readonly string[],
): readonly ResourceOf[] {
  return stacks.flatMap((stack) =>
    [...stack.resources]
      .filter(([logicalId, { type }]) => types.includes(type) && intrinsics.exists(stack, logicalId))
      .map(([logicalId, resource]) => ({ stack, logicalId, resource })),
  );
}

/** A resolved value as a policy document; whether IAM accepts it is the evaluator's question, asked on every call. */
export function toDocument(value: unknown, malformed: () => Error): PolicyDocument {
  if (!isRecord(value) || (!Array.isArray(value['Statement']) && !isRecord(value['Statement']))) throw malformed();
  return value as unknown as PolicyDocument;
}

/** A list as it is, nothing as an empty one, anything else as a list of one. */
export function toList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** A resolved value as text; nothing stays nothing. */
function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
}

function readTags(value: unknown): Readonly<Record<string, string>> {
  const entries = toList(value).flatMap((tag) => (isRecord(tag) ? [[String(tag['Key']), String(tag['Value'])]] : []));
  return Object.fromEntries(entries) as Record<string, string>;
}
